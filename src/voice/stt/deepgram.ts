import type { WebSocket } from 'ws';
import { type Clock, systemClock, type Timer } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Secret } from '../../lib/secret.ts';
import { encodeMuLaw } from '../mu-law.ts';
import { openVendorSocket, VendorError, vendorDetail, vendorMessage } from '../vendor-socket.ts';
import type { Transcriber, TranscriberOptions, TranscriberStream, Transcript } from './contract.ts';
import { deepgramUrl } from './deepgram-request.ts';

const VENDOR = 'deepgram';
const PUBLIC_BASE = 'https://api.deepgram.com';
/** The vendor hangs up after 10 s without audio or a KeepAlive; a call on hold sends no audio. */
const KEEP_ALIVE_MS = 4_000;
/** Time the vendor has for its answer to Finalize; it may leave it out when it holds no audio. */
const FINALIZE_LIMIT_MS = 800;
/** 10 s of mu-law that the network did not take: the vendor is stuck, and later text is of no use. */
const MAX_UNSENT_BYTES = 80_000;
/** The vendor's text below this confidence is noise; the default of the settings' documentation. */
const DEFAULT_CONFIDENCE = 0.4;

export interface DeepgramOptions {
  key: Secret;
  /** `https:` or `http:`; the vendor's own when unset. */
  baseUrl?: string;
  clock?: Clock;
  connectLimitMs?: number;
}

/** Deepgram's live transcription over its WebSocket. Segments are closed by our VAD through Finalize. */
export function createDeepgramTranscriber(options: DeepgramOptions): Transcriber {
  const { key, baseUrl = PUBLIC_BASE, clock = systemClock, connectLimitMs } = options;
  const base = new URL(baseUrl);
  base.protocol = base.protocol === 'http:' ? 'ws:' : base.protocol === 'https:' ? 'wss:' : base.protocol;
  return {
    name: VENDOR,
    async open(wanted: TranscriberOptions): Promise<TranscriberStream> {
      const socket = await openVendorSocket({
        vendor: VENDOR,
        url: deepgramUrl(base, wanted),
        headers: { authorization: `Token ${key.reveal()}` },
        clock,
        signal: wanted.signal,
        ...(connectLimitMs === undefined ? {} : { connectLimitMs }),
      });
      return new DeepgramStream(socket, wanted, clock);
    },
  };
}

interface Alternative {
  text: string;
  confidence: number;
}

function bestOf(message: Record<string, unknown>): Alternative {
  const channel = message.channel as
    | { alternatives?: { transcript?: unknown; confidence?: unknown }[] }
    | undefined;
  const first = Array.isArray(channel?.alternatives) ? channel.alternatives[0] : undefined;
  return {
    text: typeof first?.transcript === 'string' ? first.transcript.trim() : '',
    confidence: typeof first?.confidence === 'number' ? first.confidence : 0,
  };
}

class DeepgramStream implements TranscriberStream {
  readonly transcripts = new Emitter<Transcript>();
  readonly failed = new Emitter<Error>();
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #confidenceThreshold: number;
  readonly #onAbort = () => this.close();
  #keepAlive: Timer | undefined;
  #finalizing: Timer | undefined;
  #over = false;

  constructor(socket: WebSocket, { settings, signal }: TranscriberOptions, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#signal = signal;
    const { confidenceThreshold } = settings;
    this.#confidenceThreshold =
      typeof confidenceThreshold === 'number' ? confidenceThreshold : DEFAULT_CONFIDENCE;
    socket.on('message', (data) => this.#onData(data));
    socket.on('error', (error) => this.#fail('disconnected', vendorDetail(error.message)));
    socket.on('close', (code, reason) => {
      this.#fail('disconnected', `the vendor hung up (${code} ${vendorDetail(reason.toString())})`);
    });
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#keepAwake();
    socket.resume();
  }

  write(frame: Int16Array): void {
    if (this.#over) return;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.#fail('timed-out', 'the vendor takes no more audio');
      return;
    }
    this.#socket.send(encodeMuLaw(frame));
    this.#keepAwake();
  }

  /** The vendor hears all audio anyhow. */
  speechStarted(): void {}

  speechEnded(): void {
    if (this.#over) return;
    this.#send({ type: 'Finalize' });
    this.#clock.clearTimeout(this.#finalizing);
    this.#finalizing = this.#clock.setTimeout(() => this.#finalized({ text: '' }), FINALIZE_LIMIT_MS);
  }

  close(): void {
    if (this.#over) return;
    this.#end();
    this.#send({ type: 'CloseStream' });
    this.#socket.close();
  }

  #onData(data: unknown): void {
    if (this.#over) return;
    try {
      this.#onMessage(vendorMessage(VENDOR, data));
    } catch (error) {
      this.#fail('protocol', error instanceof Error ? error.message : String(error));
    }
  }

  /** Kinds of message: the vendor's reference of `/v1/listen`. SpeechStarted and Metadata tell nothing that we need. */
  #onMessage(message: Record<string, unknown>): void {
    if (message.type === 'Results') this.#onResults(message);
    else if (message.type === 'UtteranceEnd') {
      this.transcripts.emit({ text: '', isFinal: true, endOfTurn: true });
    } else if (message.type === 'Error') {
      const detail = message.description ?? message.message ?? 'an error without description';
      this.#fail('rejected', vendorDetail(String(detail)));
    }
  }

  #onResults(message: Record<string, unknown>): void {
    const { text, confidence } = bestOf(message);
    const heard = confidence >= this.#confidenceThreshold ? text : '';
    if (message.from_finalize === true) this.#finalized({ text: heard, confidence });
    else if (heard !== '') {
      this.transcripts.emit({ text: heard, isFinal: message.is_final === true, confidence });
    }
  }

  /** The segment's last text: also when it is empty, the turn waits for it. */
  #finalized({ text, confidence }: { text: string; confidence?: number }): void {
    this.#clock.clearTimeout(this.#finalizing);
    this.#finalizing = undefined;
    this.transcripts.emit({ text, isFinal: true, ...(confidence === undefined ? {} : { confidence }) });
  }

  #keepAwake(): void {
    this.#clock.clearTimeout(this.#keepAlive);
    this.#keepAlive = this.#clock.setTimeout(() => {
      this.#send({ type: 'KeepAlive' });
      this.#keepAwake();
    }, KEEP_ALIVE_MS);
  }

  #send(message: object): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #fail(failure: VendorError['failure'], message: string): void {
    if (this.#over) return;
    this.#end();
    this.#socket.terminate();
    this.failed.emit(new VendorError(VENDOR, failure, message));
  }

  #end(): void {
    this.#over = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#clock.clearTimeout(this.#keepAlive);
    this.#clock.clearTimeout(this.#finalizing);
  }
}
