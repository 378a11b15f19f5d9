import { type MessagePort, parentPort } from 'node:worker_threads';
import { systemClock } from '../../lib/clock.ts';
import { raiseThreadPriority } from '../../lib/thread-priority.ts';
import { connectByPort } from './bridge-side.ts';
import { FrameBatch } from './frame-batch.ts';
import type { Command, FromWorker, Request, SessionHandle, ToWorker } from './protocol.ts';
import { RtpSession, type SessionHost } from './rtp-session.ts';
import { SampleBlocks } from './sample-blocks.ts';
import { SocketPair } from './socket-pair.ts';
import { Ticker } from './ticker.ts';

const { timeOrigin } = performance;

/** All that happens to audio happens in this thread, where no HTTP request, query or prompt can hold it up. */
class MediaWorker implements SessionHost {
  readonly blocks = new SampleBlocks();
  readonly #port: MessagePort;
  readonly #sessions = new Map<SessionHandle, RtpSession>();
  readonly #batch = new FrameBatch();
  readonly #ticker = new Ticker(systemClock, (nowMs) => this.#ship(nowMs));

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: ToWorker) => this.#onMessage(message));
    const reason = raiseThreadPriority();
    if (reason) this.tell({ type: 'usual-priority', reason });
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  toEpoch(monotonicMs: number): number {
    return timeOrigin + monotonicMs;
  }

  tell(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  deliver(session: SessionHandle, frame: Int16Array): void {
    this.#batch.add(session, frame);
  }

  #ship(nowMs: number): void {
    const message = this.#batch.take(this.toEpoch(nowMs));
    if (message) this.#port.postMessage(message, [message.buffer]);
  }

  #onMessage(message: ToWorker): void {
    if ('request' in message) this.#answer(message);
    else this.#obey(message);
  }

  #obey(command: Command): void {
    if (command.type === 'shutdown') {
      this.#port.close();
      return;
    }
    // A command may cross the end of its session on the way.
    const session = this.#sessions.get(command.session);
    if (!session) {
      if (command.type === 'bridge' && 'port' in command.peer) command.peer.port.close();
      return;
    }
    switch (command.type) {
      case 'configure':
        session.configure(command.params);
        return;
      case 'play':
        session.play(command.samples);
        return;
      case 'relay':
        session.relay(command.samples, command.limitMs);
        return;
      case 'dtmf':
        for (const code of command.codes)
          session.sendKey({ code, durationMs: command.durationMs, gapMs: command.gapMs });
        return;
      case 'listen':
        session.listen(command.isListenedTo);
        return;
      case 'bridge':
        this.#bridge(session, command);
        return;
      case 'unbridge':
        session.unbridge(command.bridge);
        return;
      case 'pass-key':
        session.passKey(command.bridge, command.code, command.durationMs);
        return;
      case 'start-recording':
        session.startRecording(command.path, command.left);
        return;
      case 'start-tap':
        session.startTap();
        return;
      case 'stop-tap':
        session.stopTap();
    }
  }

  #bridge(session: RtpSession, { bridge, conference, peer }: Command & { type: 'bridge' }): void {
    if ('port' in peer) {
      connectByPort(session.bridge(bridge, conference), peer.port);
      return;
    }
    const other = this.#sessions.get(peer.session);
    if (!other) return;
    this.#ticker.align(other, session);
    const sides = [session.bridge(bridge, conference), other.bridge(bridge, false)] as const;
    sides[0].connect(sides[1]);
    sides[1].connect(sides[0]);
  }

  async #answer(request: Request): Promise<void> {
    try {
      const value = await this.#perform(request);
      this.tell({ type: 'reply', request: request.request, ok: true, value });
    } catch (error) {
      const { code = 'internal', message } = error as NodeJS.ErrnoException;
      this.tell({ type: 'reply', request: request.request, ok: false, code, message });
    }
  }

  async #perform(request: Request) {
    if (request.type === 'open') return this.#open(request);
    const session = this.#sessions.get(request.session);
    if (!session) throw Object.assign(new Error('The media session is closed.'), { code: 'closed' });
    switch (request.type) {
      case 'clear':
        return session.clear();
      case 'stop-recording':
        return session.stopRecording();
      case 'stats':
        return session.stats();
      case 'close':
        this.#ticker.remove(session);
        this.#sessions.delete(request.session);
        return session.close();
    }
  }

  async #open(request: Request & { type: 'open' }): Promise<undefined> {
    const sockets = await SocketPair.bind(request.bindAddress, request.port);
    const session = new RtpSession(request.session, sockets, this);
    this.#sessions.set(request.session, session);
    this.#ticker.add(session);
    return undefined;
  }
}

if (!parentPort) throw new Error('The media worker runs in a worker thread only.');
new MediaWorker(parentPort);
