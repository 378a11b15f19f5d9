import type { WebSocket } from 'ws';
import { ListenAudio } from '../../flow/live/listen-audio.ts';
import type { LiveCall } from '../../flow/live/live-call.ts';
import type { CallNotice } from '../../flow/server-messages.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { fromAudioFormat, fromNotice, fromStatus } from '../vapi/live/from-domain.ts';
import { mayUse, needsKey } from './admission.ts';

/** Above so much that waits to be sent, audio is left out: four seconds of one channel. */
const AUDIO_BACKLOG_BYTES = 128 * 1024;
/** Audio blocks (100 ms each) left out in a row before the listener is taken as gone. */
const MAX_LOST_BLOCKS = 200;
/** Frames of text are never left out, but a listener that lets so much wait is cut off. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
/** Keeps the connection open through proxies, and finds listeners that vanished without a word. */
const PING_MS = 30_000;

/** What a listener's answer to the close may take when the exchange goes down. */
const SHUTDOWN_GRACE_MS = 1000;

/** Close codes of RFC 6455 section 7.4.1. */
const CLOSE = { normal: 1000, goingAway: 1001, policy: 1008 } as const;

export interface ListenerOptions {
  socket: WebSocket;
  live: LiveCall;
  channels: 1 | 2;
  clock: Clock;
  /** Called once, when the socket is closed. */
  closed: () => void;
}

/** One listener of a live call: what is said as audio, what happens as JSON, until the call or the socket ends. */
export class CallListener {
  readonly #socket: WebSocket;
  readonly #live: LiveCall;
  readonly #clock: Clock;
  readonly #audio: ListenAudio;
  /** The listener has shown a key: an agent that asks for one may take over. */
  readonly #hasKey: boolean;
  #lostBlocks = 0;
  #answered = true;
  #ping: Timer | undefined;
  #grace: Timer | undefined;

  constructor({ socket, live, channels, clock, closed }: ListenerOptions) {
    this.#socket = socket;
    this.#live = live;
    this.#clock = clock;
    this.#audio = new ListenAudio(channels);
    this.#hasKey = needsKey('listen', live);
    const tap = live.tap();
    const stops = [
      tap.audio.on((block) => this.#sendAudio(block)),
      live.notices.on((notice) => this.#onNotice(notice)),
    ];
    socket.on('close', () => {
      for (const stop of stops) stop();
      tap.close();
      clock.clearTimeout(this.#ping);
      clock.clearTimeout(this.#grace);
      closed();
    });
    // The socket closes after it; what a listener did wrong on the wire is its own affair.
    socket.on('error', () => socket.terminate());
    socket.on('pong', () => {
      this.#answered = true;
    });
    this.#send(fromAudioFormat(channels));
    this.#send(fromStatus(live.call, clock.now()));
    this.#schedulePing();
  }

  /** The call has ended. */
  callEnded(): void {
    this.#socket.close(CLOSE.normal, 'the call has ended');
  }

  /** The exchange goes down. */
  shutDown(): void {
    this.#socket.close(CLOSE.goingAway, 'the exchange is shutting down');
    this.#grace = this.#clock.setTimeout(() => this.#socket.terminate(), SHUTDOWN_GRACE_MS);
  }

  #onNotice(notice: CallNotice): void {
    if (notice.type === 'agent-started' || notice.type === 'agent-handed-off') {
      const isBarred = needsKey('listen', this.#live) && !this.#hasKey;
      if (isBarred || !mayUse('listen', this.#live)) {
        this.#socket.close(CLOSE.policy, 'the assistant now on the line does not allow it');
        return;
      }
    }
    const frame = fromNotice(notice, this.#live.call, this.#clock.now());
    if (frame) this.#send(frame);
  }

  #send(frame: Record<string, unknown>): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_BACKLOG_BYTES) this.#socket.terminate();
    else this.#socket.send(JSON.stringify(frame));
  }

  #sendAudio(block: Int16Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const bytes = this.#audio.convert(block);
    if (this.#socket.bufferedAmount + bytes.length <= AUDIO_BACKLOG_BYTES) {
      this.#lostBlocks = 0;
      this.#socket.send(bytes);
      return;
    }
    this.#lostBlocks += 1;
    if (this.#lostBlocks > MAX_LOST_BLOCKS) this.#socket.terminate();
  }

  #schedulePing(): void {
    this.#ping = this.#clock.setTimeout(() => {
      if (!this.#answered) {
        this.#socket.terminate();
        return;
      }
      this.#answered = false;
      this.#socket.ping();
      this.#schedulePing();
    }, PING_MS);
  }
}
