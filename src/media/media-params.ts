import { isIP } from 'node:net';
import { AUDIO_CODECS, type MediaParams } from './media-session.ts';
import type { SrtpKeying } from './srtp/srtp-session.ts';
import { MASTER_KEY_BYTES, MASTER_SALT_BYTES } from './srtp/srtp-suite.ts';

/** What a worker is told: the keys in clear, for a secret does not survive the way. */
export type WorkerMediaParams = Omit<MediaParams, 'srtp'> & { srtp?: SrtpKeying };

function isInteger(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}

/**
 * Checks what a peer's SDP settled before it goes to a worker.
 * @throws {RangeError} naming the field that no media session can work with
 */
export function checkMediaParams(params: MediaParams): void {
  const faults: [string, boolean][] = [
    ['remoteAddress', isIP(params.remoteAddress) !== 0],
    ['signallingAddress', params.signallingAddress === undefined || isIP(params.signallingAddress) !== 0],
    ['remotePort', isInteger(params.remotePort, 0, 65_535)],
    ['remoteRtcpPort', isInteger(params.remoteRtcpPort, 0, 65_535)],
    ['codec', AUDIO_CODECS.includes(params.codec)],
    ['payloadType', isInteger(params.payloadType, 0, 127)],
    ['dtmfPayloadType', params.dtmfPayloadType === undefined || isInteger(params.dtmfPayloadType, 0, 127)],
    [
      'dtmfClockRateHz',
      params.dtmfClockRateHz === undefined || isInteger(params.dtmfClockRateHz, 8_000, 192_000),
    ],
    ['srtp', params.srtp === undefined || hasWholeKeys(params.srtp)],
    [
      'comfortNoisePayloadType',
      params.comfortNoisePayloadType === undefined || isInteger(params.comfortNoisePayloadType, 0, 127),
    ],
    ['ptimeMs', Number.isFinite(params.ptimeMs) && params.ptimeMs > 0],
  ];
  for (const [field, fits] of faults)
    if (!fits) throw new RangeError(`Media cannot be set up: ${field} does not fit.`);
}

function hasWholeKeys({ sendKey, receiveKey }: NonNullable<MediaParams['srtp']>): boolean {
  const bytes = MASTER_KEY_BYTES + MASTER_SALT_BYTES;
  return [sendKey, receiveKey].every((key) => keyBytes(key.reveal()).length === bytes);
}

function keyBytes(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}

/** Brings params into the form in which they cross to a worker. */
export function toWorkerParams({ srtp, ...params }: MediaParams): WorkerMediaParams {
  if (!srtp) return params;
  const { suite, sendKey, receiveKey } = srtp;
  const keying = { suite, sendKey: keyBytes(sendKey.reveal()), receiveKey: keyBytes(receiveKey.reveal()) };
  return { ...params, srtp: keying };
}
