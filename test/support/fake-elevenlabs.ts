import type { WebSocket } from 'ws';
import { type FakeVendorServer, startFakeVendor } from './fake-vendor-server.ts';

export interface FakeElevenLabsScript {
  /** The only key that is let in; others get HTTP 401. */
  key: string;
  /** Bytes of mu-law for each character of text. */
  bytesPerCharacter?: number;
  /** After so many messages with audio the connection is cut. */
  cutAfterPieces?: number;
  /** Sent in place of the first audio. */
  error?: { message: string; error: string; code: number };
}

export interface FakeElevenLabs extends FakeVendorServer {
  readonly messages: Record<string, unknown>[];
  /** Connections that are closed by now. */
  readonly closed: { count: number };
}

/** Speaks the wire of ElevenLabs' `/v1/text-to-speech/{voice}/stream-input`. */
export async function startFakeElevenLabs(script: FakeElevenLabsScript): Promise<FakeElevenLabs> {
  const messages: Record<string, unknown>[] = [];
  const closed = { count: 0 };
  const onConnection = (socket: WebSocket) => {
    let buffered = '';
    let pieces = 0;
    const send = (message: object) => socket.send(JSON.stringify(message));
    const speak = () => {
      if (buffered.trim() === '') return;
      if (script.error) {
        send(script.error);
        socket.close(1008, script.error.message);
        return;
      }
      const audio = Buffer.alloc(Math.round(buffered.length * (script.bytesPerCharacter ?? 80)), 0x80);
      send({ audio: audio.toString('base64'), isFinal: null, alignment: null });
      buffered = '';
      pieces += 1;
      if (pieces === script.cutAfterPieces) socket.close(1011, 'internal error');
    };
    socket.on('close', () => {
      closed.count += 1;
    });
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Record<string, unknown>;
      messages.push(message);
      if (message.text === '') {
        speak();
        send({ audio: null, isFinal: true });
        socket.close(1000);
        return;
      }
      buffered += message.text === ' ' ? '' : String(message.text);
      if (message.flush === true) speak();
    });
  };
  const server = await startFakeVendor((request) => {
    if (request.headers['xi-api-key'] !== script.key) return 401;
    return /^\/v1\/text-to-speech\/[^/]+\/stream-input\?/.test(request.url ?? '') ? undefined : 404;
  }, onConnection);
  return { ...server, messages, closed };
}
