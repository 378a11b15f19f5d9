import { createSocket } from 'node:dgram';
import type { MediaParams, MediaPool, MediaSession } from '../../src/media/media-session.ts';
import { RtpPeer } from './rtp-peer.ts';
import { goertzel, joinSamples } from './tones.ts';

const HOST = '127.0.0.1';

/** What an answer of a peer on this host says; PCMU in packets of 20 ms unless told otherwise. */
export function loopbackParams(port: number, changes: Partial<MediaParams> = {}): MediaParams {
  return {
    remoteAddress: HOST,
    remotePort: port,
    remoteRtcpPort: port + 1,
    codec: 'PCMU',
    payloadType: 0,
    dtmfPayloadType: 101,
    ptimeMs: 20,
    direction: 'sendrecv',
    ...changes,
  };
}

/** A session of the exchange and the telephone at its other end, which is a media session as well. */
export async function connectedLine(
  pool: MediaPool,
  phones: MediaPool,
  { near, ...changes }: Partial<MediaParams> & { near?: MediaSession } = {},
): Promise<{ line: MediaSession; phone: MediaSession }> {
  const [line, phone] = await Promise.all([
    pool.createSession({ bindAddress: HOST, ...(near && { near }) }),
    phones.createSession({ bindAddress: HOST }),
  ]);
  line.configure(loopbackParams(phone.localPort, changes));
  phone.configure(loopbackParams(line.localPort, changes));
  return { line, phone };
}

/** A session of the exchange with a bare RTP peer. */
export async function lineToPeer(
  pool: MediaPool,
  near?: MediaSession,
): Promise<{ line: MediaSession; peer: RtpPeer }> {
  const line = await pool.createSession({ bindAddress: HOST, ...(near && { near }) });
  const peer = await RtpPeer.bind(HOST, line.localPort);
  line.configure(loopbackParams(peer.port));
  return { line, peer };
}

/** What a session hears from now on. */
export function listenTo(media: MediaSession): () => Int16Array {
  const frames: Int16Array[] = [];
  media.audio.on(({ samples }) => frames.push(samples.slice()));
  return () => joinSamples(frames);
}

/** Milliseconds of a tone in what was heard. */
export function toneMs(samples: Int16Array, frequencyHz: number): number {
  let frames = 0;
  for (let at = 0; at + 160 <= samples.length; at += 160)
    if (goertzel(samples.subarray(at, at + 160), frequencyHz) > 3000) frames += 1;
  return frames * 20;
}

/** Whether this UDP port of the host can be bound. */
export async function isFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: HOST, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
