import type { WebSocket } from 'ws';
import { type FakeVendorServer, startFakeVendor } from './fake-vendor-server.ts';

export interface FakeDeepgramScript {
  /** The only key that is let in; others get HTTP 401. */
  key: string;
  /** Texts of the segments, each given as the answer to one Finalize. */
  segments?: { text: string; confidence?: number }[];
  /** Sent as an interim result once so many bytes of audio came. */
  interim?: { afterBytes: number; text: string };
  /** After so many bytes the connection is cut, as the vendor does on its own faults. */
  cutAfterBytes?: number;
  /** Finalize stays without an answer. */
  ignoresFinalize?: boolean;
  /** Sent as soon as the connection stands. */
  greeting?: object[];
  /** The handshake is never answered. */
  hangs?: boolean;
}

export interface FakeDeepgram extends FakeVendorServer {
  /** Control messages by type, in order. */
  readonly controls: string[];
  readonly audio: { bytes: number; last: Uint8Array<ArrayBufferLike> };
}

function results(text: string, fields: object, confidence = 0.9): object {
  return {
    type: 'Results',
    channel_index: [0, 1],
    channel: { alternatives: [{ transcript: text, confidence, words: [] }] },
    ...fields,
  };
}

/** Speaks the wire of Deepgram's `/v1/listen`. */
export async function startFakeDeepgram(script: FakeDeepgramScript): Promise<FakeDeepgram> {
  const controls: string[] = [];
  const audio: FakeDeepgram['audio'] = { bytes: 0, last: new Uint8Array(0) };
  const segments = [...(script.segments ?? [])];
  const onConnection = (socket: WebSocket) => {
    const send = (message: object) => socket.send(JSON.stringify(message));
    let interimSent = false;
    for (const message of script.greeting ?? []) send(message);
    const onAudio = (bytes: Uint8Array) => {
      audio.bytes += bytes.length;
      audio.last = bytes;
      const { interim, cutAfterBytes } = script;
      if (interim && !interimSent && audio.bytes >= interim.afterBytes) {
        interimSent = true;
        send(results(interim.text, { is_final: false, speech_final: false }));
      }
      if (cutAfterBytes !== undefined && audio.bytes >= cutAfterBytes) socket.close(1011, 'NET-0000');
    };
    const onControl = (type: string) => {
      controls.push(type);
      if (type === 'Finalize' && !script.ignoresFinalize) {
        const { text = '', confidence } = segments.shift() ?? {};
        send(results(text, { is_final: true, speech_final: true, from_finalize: true }, confidence));
      }
      if (type === 'CloseStream') {
        send({ type: 'Metadata', request_id: 'r', duration: audio.bytes / 8000, channels: 1 });
        socket.close(1000);
      }
    };
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) onAudio(data);
      else onControl((JSON.parse(data.toString()) as { type: string }).type);
    });
  };
  const server = await startFakeVendor((request) => {
    if (script.hangs) return 'never';
    if (request.headers.authorization !== `Token ${script.key}`) return 401;
    return request.url?.startsWith('/v1/listen?') ? undefined : 404;
  }, onConnection);
  return { ...server, controls, audio };
}
