import { isIP } from 'node:net';
import type { MediaParams } from './media-session.ts';

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
    ['codec', params.codec === 'PCMU' || params.codec === 'PCMA'],
    ['payloadType', isInteger(params.payloadType, 0, 127)],
    ['dtmfPayloadType', params.dtmfPayloadType === undefined || isInteger(params.dtmfPayloadType, 0, 127)],
    [
      'comfortNoisePayloadType',
      params.comfortNoisePayloadType === undefined || isInteger(params.comfortNoisePayloadType, 0, 127),
    ],
    ['ptimeMs', Number.isFinite(params.ptimeMs) && params.ptimeMs > 0],
  ];
  for (const [field, fits] of faults)
    if (!fits) throw new RangeError(`Media cannot be set up: ${field} does not fit.`);
}
