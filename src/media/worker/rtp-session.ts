import type { RemoteInfo } from 'node:dgram';
import { prepareCodec } from '../codecs/audio-format.ts';
import { dtmfCode } from '../dtmf/dtmf-event.ts';
import type { PressedKey } from '../dtmf/dtmf-receiver.ts';
import { DTMF_GAP_MS, type DtmfKey } from '../dtmf/dtmf-sender.ts';
import { KeyLimiter } from '../dtmf/key-limiter.ts';
import type { WorkerMediaParams } from '../media-params.ts';
import {
  FRAME_SAMPLES,
  type RecordingResult,
  type RecordingSide,
  type RtpStats,
  SAMPLE_RATE_HZ,
} from '../media-session.ts';
import { FrameMixer } from '../mixer/frame-mixer.ts';
import type { LiveInput } from '../mixer/live-input.ts';
import { LineRecording } from '../recording/line-recording.ts';
import { SrtpSession } from '../srtp/srtp-session.ts';
import { AudioTap } from './audio-tap.ts';
import { type BridgedLine, BridgeSide } from './bridge-side.ts';
import { Lateness } from './lateness.ts';
import { LineSource } from './line-source.ts';
import { PlayoutQueue } from './playout-queue.ts';
import type { BridgeId, SessionEvent, SessionHandle } from './protocol.ts';
import { RtcpExchange } from './rtcp-exchange.ts';
import { RtpReceiver } from './rtp-receiver.ts';
import { RtpSender } from './rtp-sender.ts';
import type { SampleBlocks } from './sample-blocks.ts';
import type { SocketPair } from './socket-pair.ts';
import type { Tickable } from './ticker.ts';

/** Silence on the wire is told after each further such time; whoever listens decides how much is too much. */
const SILENCE_NOTICE_MS = 5000;

/** A key that is passed on takes at least this long: a shorter one may be missed by its receiver (ITU-T Q.24). */
const MIN_KEY_MS = 40;
/** And at most this long: nobody is heard while it sounds, and no menu asks for more. */
const MAX_KEY_MS = 1_000;
/** Keys of bridged parties that may wait for their turn; what comes beyond is dropped. */
const MAX_WAITING_KEYS = 32;

const silentFrame = new Int16Array(FRAME_SAMPLES);
/** What the line that is at its turn hears, while nobody is bridged to it. */
const heardAlone = new Int16Array(FRAME_SAMPLES);
/** What the main thread is told of a conference. */
const told = new Int16Array(FRAME_SAMPLES);

/** What a session needs of the worker it lives in. */
export interface SessionHost {
  /** Where audio is kept that waits to be sent. */
  readonly blocks: SampleBlocks;
  /** Monotonic milliseconds. */
  monotonic(): number;
  /** The same on the clock of the main thread: `performance.timeOrigin + performance.now()`. */
  toEpoch(monotonicMs: number): number;
  tell(event: SessionEvent, transfer?: ArrayBuffer[]): void;
  deliver(session: SessionHandle, frame: Int16Array): void;
}

/** One RTP session in its worker: ties sockets, receiver, sender, bridges, reports and recording to the ticks. */
export class RtpSession implements Tickable, BridgedLine {
  readonly handle: SessionHandle;
  readonly #host: SessionHost;
  readonly #sockets: SocketPair;
  readonly #queue: PlayoutQueue;
  readonly #source: LineSource;
  readonly #bridges = new Map<BridgeId, BridgeSide>();
  /** There are any; looked at for each frame. */
  #isBridged = false;
  /** Bridges in which our own agent takes part. */
  #conferences = 0;
  readonly #sender: RtpSender;
  readonly #receiver: RtpReceiver;
  readonly #rtcp: RtcpExchange;
  readonly #srtp = new SrtpSession();
  readonly #keys = new KeyLimiter();
  readonly #lateness = new Lateness();
  /** What is heard in this frame: in memory of its own where others hear it before our turn comes. */
  #heard: Int16Array = heardAlone;
  #hasHeard = false;
  #heardBeforeOthers: Int16Array | undefined;
  #params: WorkerMediaParams | undefined;
  /** What the answer allows, looked at for each frame. */
  #sends = false;
  #listens = false;
  #isSecured = false;
  /** The newest params, while their codec is being brought. */
  #awaited: WorkerMediaParams | undefined;
  readonly #mixer = new FrameMixer();
  #destination: { address: string; port: number } | undefined;
  #recording: LineRecording | undefined;
  #tap: AudioTap | undefined;
  /** The main thread wants what is heard. */
  #isListenedTo = false;
  #flows = false;
  #silentSinceMs = 0;
  #silenceTold = 0;

  constructor(handle: SessionHandle, sockets: SocketPair, host: SessionHost) {
    this.handle = handle;
    this.#host = host;
    this.#sockets = sockets;
    this.#queue = new PlayoutQueue(
      (event) => host.tell({ type: 'playout', session: handle, event }),
      host.blocks,
    );
    this.#source = new LineSource(this.#queue);
    this.#sender = new RtpSender(
      this.#source,
      (buffer, length) => (this.#isSecured ? this.#srtp.protect(buffer, length) : length),
      (packet) => {
        if (this.#destination) sockets.sendRtp(packet, this.#destination);
      },
    );
    this.#receiver = new RtpReceiver(
      (key) => this.#onKey(key),
      (address, port) => {
        sockets.connect(address, port);
        this.#destination = this.#receiver.lock.destination;
      },
    );
    this.#rtcp = new RtcpExchange(
      () => this.#rtcpView(),
      (packet, destination) => sockets.sendRtcp(packet, destination),
      this.#srtp,
    );
    sockets.listen(
      (bytes, from) => this.#onRtp(bytes, from),
      (bytes, from) => this.#onRtcp(bytes, from),
      (error) => this.#fail('media', error.message),
    );
  }

  /** Applies an answer, at once or as soon as its codec is there; of several that wait the last counts. */
  configure(params: WorkerMediaParams): void {
    const prepared = prepareCodec(params.codec);
    this.#awaited = params;
    if (!prepared) this.#apply(params);
    prepared?.then(
      () => {
        if (this.#awaited === params) this.#apply(params);
      },
      (error: Error) => this.#fail('media', `${params.codec} cannot be used: ${error.message}`),
    );
  }

  hear(nowMs: number): void {
    if (!this.#params || !this.#isBridged) return;
    this.#heardBeforeOthers ??= new Int16Array(FRAME_SAMPLES);
    this.#pull(this.#heardBeforeOthers, nowMs);
    if (!this.#flows) return;
    // A peer that holds the call means nobody to hear it, though it may send music of its own.
    if (!this.#sends || !this.#listens) return;
    for (const side of this.#bridges.values()) side.give(this.#heard);
  }

  tick(nowMs: number, lateMs: number): void {
    const params = this.#params;
    if (!params) return;
    const at = this.#host.toEpoch(nowMs);
    const transmit = this.#sends && this.#destination !== undefined;
    if (!this.#hasHeard) this.#pull(heardAlone, nowMs);
    this.#hasHeard = false;
    this.#source.gather();
    this.#sender.tick(transmit, at);
    if (transmit) this.#lateness.record(lateMs);
    if (this.#isBridged) for (const side of this.#bridges.values()) side.givePlayed(this.#source.played);
    this.#deliver();
    this.#record(transmit);
    this.#tap?.add(this.#heard, this.#sender.frame);
    this.#watchSilence(nowMs);
    this.#rtcp.tick(this.#destination, { ms: nowMs, at });
  }

  skip(frames: number): void {
    this.#sender.skip(frames);
    for (let i = 0; i < frames; i += 1) this.#recording?.write(silentFrame, silentFrame);
  }

  play(samples: Int16Array): void {
    this.#queue.add(samples);
  }

  relay(samples: Int16Array, limitMs: number): void {
    this.#queue.addLive(samples, (limitMs * SAMPLE_RATE_HZ) / 1000);
  }

  clear(): number {
    return this.#queue.clear();
  }

  sendKey(key: DtmfKey): void {
    this.#queue.addKey(key);
  }

  listen(isListenedTo: boolean): void {
    this.#isListenedTo = isListenedTo;
  }

  /** This session's side of a new bridge, to be connected to the other. */
  bridge(id: BridgeId, conference: boolean): BridgeSide {
    const closed = () => {
      if (this.#bridges.delete(id) && conference) this.#conferences -= 1;
      this.#isBridged = this.#bridges.size > 0;
    };
    const side = new BridgeSide(this, { conference, closed });
    this.#bridges.set(id, side);
    this.#isBridged = true;
    if (conference) this.#conferences += 1;
    return side;
  }

  unbridge(id: BridgeId): void {
    this.#bridges.get(id)?.part();
  }

  /** Passes on a key of our peer that came beside the audio. */
  passKey(id: BridgeId, code: number, durationMs: number): void {
    this.#bridges.get(id)?.giveKey(code, durationMs, 'info', this.#host.monotonic());
  }

  addInput(input: LiveInput): void {
    this.#source.add(input);
  }

  removeInput(input: LiveInput): void {
    this.#source.remove(input);
  }

  sendBridgedKey(code: number, durationMs: number): void {
    const key = {
      code,
      durationMs: Math.min(MAX_KEY_MS, Math.max(MIN_KEY_MS, durationMs)),
      gapMs: DTMF_GAP_MS,
    };
    this.#queue.addBridgedKey(key, MAX_WAITING_KEYS);
  }

  startRecording(path: string, left: RecordingSide): void {
    this.#recording = new LineRecording(path, left, (error) => this.#fail('recording', error));
  }

  async stopRecording(): Promise<RecordingResult> {
    const recording = this.#recording;
    this.#recording = undefined;
    return recording ? recording.stop() : { durationMs: 0, channels: [], error: 'No recording was started.' };
  }

  startTap(): void {
    this.#tap = new AudioTap((samples) => {
      this.#host.tell({ type: 'tapped', session: this.handle, samples }, [samples.buffer]);
    });
  }

  stopTap(): void {
    this.#tap = undefined;
  }

  stats(): RtpStats {
    const { reception, jitter, rejected } = this.#receiver;
    const { remoteLoss, roundTripMs } = this.#rtcp;
    const { suite, authenticationFailures, replayed } = this.#srtp;
    return {
      codec: this.#params?.codec ?? 'none',
      received: reception.received,
      lost: reception.lost,
      late: jitter.late,
      duplicated: reception.duplicated,
      rejected,
      sent: this.#sender.packets,
      jitterMs: reception.jitterMs,
      ...(remoteLoss !== undefined && { remoteLoss }),
      ...(roundTripMs !== undefined && { roundTripMs }),
      sendLatenessP99Ms: this.#lateness.percentileMs(0.99),
      ...(suite && { srtp: { suite, authenticationFailures, replayed } }),
    };
  }

  async close(): Promise<RtpStats> {
    const ms = this.#host.monotonic();
    this.#rtcp.leave(this.#destination, { ms, at: this.#host.toEpoch(ms) });
    for (const side of this.#bridges.values()) side.part();
    const recording = this.#recording;
    this.#recording = undefined;
    this.#awaited = undefined;
    await Promise.all([this.#sockets.close(), recording?.stop()]);
    this.#queue.clear();
    this.#sender.close();
    this.#receiver.close();
    return this.stats();
  }

  #apply(params: WorkerMediaParams): void {
    const first = this.#params === undefined;
    const listenedBefore = this.#listens;
    this.#params = params;
    const { direction, remotePort } = params;
    this.#sends = remotePort !== 0 && (direction === 'sendrecv' || direction === 'sendonly');
    this.#listens = direction === 'sendrecv' || direction === 'recvonly';
    if (this.#srtp.configure(params.srtp)) this.#sender.renew();
    this.#isSecured = params.srtp !== undefined;
    const relocated = this.#receiver.configure(params);
    if (relocated) this.#sockets.disconnect();
    this.#destination = this.#receiver.lock.destination;
    this.#rtcp.configure({ address: params.remoteAddress, port: params.remoteRtcpPort }, relocated);
    this.#sender.configure(params);
    // Silence on hold is no fault: it counts from when there should be media again.
    if (first || !listenedBefore) this.#silentSinceMs = this.#host.monotonic();
  }

  #pull(into: Int16Array, nowMs: number): void {
    this.#heard = into;
    this.#hasHeard = true;
    this.#receiver.pull(into, nowMs);
  }

  /** Each party on its own channel; what we send is then without what the others say. */
  #record(transmit: boolean): void {
    const { hasJoined, played, joined } = this.#source;
    if (!this.#isBridged) this.#recording?.write(this.#heard, this.#sender.frame);
    else if (!hasJoined) this.#recording?.write(this.#heard, this.#sender.frame, silentFrame);
    else this.#recording?.write(this.#heard, transmit ? played : silentFrame, joined);
  }

  /** Tells the main thread what is heard: in a conference the other parties, too. */
  #deliver(): void {
    if (!this.#isListenedTo) return;
    if (this.#conferences === 0 || !this.#source.hasJoined) {
      if (this.#flows) this.#host.deliver(this.handle, this.#heard);
      return;
    }
    this.#mixer.clear();
    this.#mixer.add(this.#heard);
    this.#mixer.add(this.#source.joined);
    this.#mixer.read(told);
    this.#host.deliver(this.handle, told);
  }

  #onKey(key: PressedKey): void {
    const ms = this.#host.monotonic();
    if (!this.#keys.admits(ms)) {
      this.#receiver.rejected += 1;
      return;
    }
    this.#host.tell({ type: 'dtmf', session: this.handle, ...key, at: this.#host.toEpoch(ms) });
    for (const side of this.#bridges.values()) side.giveKey(dtmfCode(key.digit), key.durationMs, 'event', ms);
  }

  #onRtp(bytes: Buffer, from: RemoteInfo): void {
    const now = this.#host.monotonic();
    // Before the source is judged: only who has the key can become it.
    const opened = this.#isSecured ? this.#srtp.open(bytes) : bytes;
    if (!opened) {
      this.#receiver.rejected += 1;
      return;
    }
    if (!this.#receiver.receive(opened, from.address, from.port, now)) return;
    this.#flows = true;
    this.#silentSinceMs = now;
    if (this.#silenceTold === 0) return;
    this.#silenceTold = 0;
    this.#host.tell({ type: 'silence', session: this.handle, sinceMs: 0 });
  }

  #onRtcp(bytes: Buffer, from: RemoteInfo): void {
    const ms = this.#host.monotonic();
    const media = this.#receiver.lock.isLocked ? this.#destination : undefined;
    const place = { address: from.address, port: from.port };
    if (!this.#rtcp.receive(bytes, place, media, { ms, at: this.#host.toEpoch(ms) }))
      this.#receiver.rejected += 1;
  }

  #rtcpView() {
    const { ssrc, packets, octets, timestamp } = this.#sender;
    const { reception, ticksPerSample, ssrc: remoteSsrc } = this.#receiver;
    return { ssrc, packets, octets, timestamp, remoteSsrc, reception, ticksPerSample };
  }

  #watchSilence(nowMs: number): void {
    if (!this.#listens) return;
    const sinceMs = nowMs - this.#silentSinceMs;
    if (sinceMs < (this.#silenceTold + 1) * SILENCE_NOTICE_MS) return;
    this.#silenceTold = Math.floor(sinceMs / SILENCE_NOTICE_MS);
    this.#host.tell({ type: 'silence', session: this.handle, sinceMs: Math.round(sinceMs) });
  }

  #fail(part: 'media' | 'recording', error: string): void {
    this.#host.tell({ type: 'failed', session: this.handle, part, error });
  }
}
