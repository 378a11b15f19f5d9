import type { WebSocket } from 'ws';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { Secret } from '../../lib/secret.ts';
import { SAMPLE_RATE_HZ } from '../../media/media-session.ts';
import { SentenceSplitter } from '../engine/sentence-splitter.ts';
import { decodeMuLaw } from '../mu-law.ts';
import {
  openVendorSocket,
  VendorError,
  type VendorFailure,
  vendorDetail,
  vendorMessage,
} from '../vendor-socket.ts';
import { AudioQueue } from './audio-queue.ts';
import type { SynthesisOptions, Synthesizer } from './contract.ts';
import { elevenLabsOpening, elevenLabsUrl } from './elevenlabs-request.ts';
import { untilAborted } from './until-aborted.ts';

const VENDOR = '11labs';
const PUBLIC_BASE = 'https://api.elevenlabs.io';
/** Audio that may lie ahead of the reader: 10 minutes; an answer of that length is a fault. */
const MAX_AHEAD_SAMPLES = 600 * SAMPLE_RATE_HZ;

export interface ElevenLabsOptions {
  key: Secret;
  /** `https:` or `http:`; the vendor's own when unset. */
  baseUrl?: string;
  clock?: Clock;
  connectLimitMs?: number;
}

/** The vendor's `error` words that tell its classes apart; the rest is a refusal. */
const FAILURES: Readonly<Record<string, VendorFailure>> = {
  invalid_api_key: 'unauthorized',
  authorization_required: 'unauthorized',
  missing_permissions: 'unauthorized',
  quota_exceeded: 'exhausted',
  too_many_concurrent_requests: 'exhausted',
  max_concurrent_requests_exceeded: 'exhausted',
  system_busy: 'unreachable',
  input_timeout_exceeded: 'timed-out',
};

/** ElevenLabs over its streaming WebSocket: text in as it comes, mu-law out. One socket for each utterance. */
export function createElevenLabsSynthesizer(options: ElevenLabsOptions): Synthesizer {
  const { key, baseUrl = PUBLIC_BASE, clock = systemClock, connectLimitMs } = options;
  const base = new URL(baseUrl);
  base.protocol = base.protocol === 'http:' ? 'ws:' : base.protocol === 'https:' ? 'wss:' : base.protocol;
  return {
    name: VENDOR,
    async *speak(text, wanted) {
      const { signal } = wanted;
      let socket: WebSocket;
      try {
        socket = await openVendorSocket({
          vendor: VENDOR,
          url: elevenLabsUrl(base, wanted),
          headers: { 'xi-api-key': key.reveal() },
          clock,
          signal,
          ...(connectLimitMs === undefined ? {} : { connectLimitMs }),
        });
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      yield* utterance(socket, text, wanted);
    },
  };
}

async function* utterance(
  socket: WebSocket,
  text: AsyncIterable<string>,
  wanted: SynthesisOptions,
): AsyncGenerator<Int16Array> {
  const { signal } = wanted;
  const audio = new AudioQueue(MAX_AHEAD_SAMPLES);
  const over = new AbortController();
  const onAbort = () => audio.end();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  listen(socket, audio);
  const feeding = feed(socket, text, wanted, over.signal).catch((error: unknown) => {
    audio.end(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const chunk of audio) {
      if (signal.aborted) return;
      yield chunk;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    over.abort();
    audio.end();
    socket.terminate();
    await feeding;
  }
}

/** Sends sentence by sentence, each with `flush`: without it the vendor collects 120 characters before it speaks. */
async function feed(
  socket: WebSocket,
  text: AsyncIterable<string>,
  wanted: SynthesisOptions,
  signal: AbortSignal,
): Promise<void> {
  const send = (message: object) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  };
  const say = (sentences: string[]) => {
    for (const sentence of sentences) send({ text: `${sentence.trimEnd()} `, flush: true });
  };
  const splitter = new SentenceSplitter();
  send(elevenLabsOpening(wanted));
  for await (const piece of untilAborted(text, signal)) say(splitter.push(piece));
  if (signal.aborted) return;
  say(splitter.flush());
  send({ text: '' });
}

function listen(socket: WebSocket, audio: AudioQueue): void {
  const fail = (failure: VendorFailure, message: string) =>
    audio.end(new VendorError(VENDOR, failure, message));
  socket.on('message', (data) => {
    try {
      onMessage(vendorMessage(VENDOR, data), audio);
    } catch (error) {
      audio.end(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on('error', (error) => fail('disconnected', vendorDetail(error.message)));
  // After the last message, which ended the queue, this says nothing any more.
  socket.on('close', (code, reason) => {
    fail('disconnected', `the vendor hung up (${code} ${vendorDetail(reason.toString())})`);
  });
  socket.resume();
}

function onMessage(message: Record<string, unknown>, audio: AudioQueue): void {
  if (typeof message.error === 'string') {
    const detail = typeof message.message === 'string' ? message.message : message.error;
    throw new VendorError(VENDOR, FAILURES[message.error] ?? 'rejected', vendorDetail(detail));
  }
  if (typeof message.audio === 'string' && !audio.push(decodeMuLaw(Buffer.from(message.audio, 'base64')))) {
    throw new VendorError(VENDOR, 'protocol', 'more audio than any answer needs');
  }
  if (message.isFinal === true) audio.end();
}
