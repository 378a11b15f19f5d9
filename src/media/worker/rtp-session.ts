import type { RemoteInfo } from 'node:dgram';
import { prepareCodec } from '../codecs/audio-format.ts';
import type { DtmfKey } from '../dtmf/dtmf-sender.ts';
import type { WorkerMediaParams } from '../media-params.ts';
import {
  FRAME_SAMPLES,
  type RecordingResult,
  type RecordingSide,
  type RtpStats,
  SAMPLE_RATE_HZ,
} from '../media-session.ts';
import { StereoRecording } from '../recording/stereo-recording.ts';
import { SrtpSession } from '../srtp/srtp-session.ts';
import { AudioTap } from './audio-tap.ts';
import { Lateness } from './lateness.ts';
import { PlayoutQueue } from './playout-queue.ts';
import type { SessionEvent, SessionHandle } from './protocol.ts';
import { RtcpExchange } from './rtcp-exchange.ts';
import { RtpReceiver } from './rtp-receiver.ts';
import { RtpSender } from './rtp-sender.ts';
import type { SocketPair } from './socket-pair.ts';
import type { Tickable } from './ticker.ts';

/** Silence on the wire is told after each further such time; whoever listens decides how much is too much. */
const SILENCE_NOTICE_MS = 5000;

const silentFrame = new Int16Array(FRAME_SAMPLES);

/** What a session needs of the worker it lives in. */
export interface SessionHost {
  /** Monotonic milliseconds. */
  monotonic(): number;
  /** The same on the clock of the main thread: `performance.timeOrigin + performance.now()`. */
  toEpoch(monotonicMs: number): number;
  tell(event: SessionEvent, transfer?: ArrayBuffer[]): void;
  deliver(session: SessionHandle, frame: Int16Array): void;
}

/** One RTP session in its worker: ties sockets, receiver, sender, reports and recording to the ticks. */
export class RtpSession implements Tickable {
  readonly handle: SessionHandle;
  readonly #host: SessionHost;
  readonly #sockets: SocketPair;
  readonly #queue: PlayoutQueue;
  readonly #sender: RtpSender;
  readonly #receiver: RtpReceiver;
  readonly #rtcp: RtcpExchange;
  readonly #srtp = new SrtpSession();
  readonly #lateness = new Lateness();
  readonly #heard = new Int16Array(FRAME_SAMPLES);
  #params: WorkerMediaParams | undefined;
  /** The newest params, while their codec is being brought. */
  #awaited: WorkerMediaParams | undefined;
  #destination: { address: string; port: number } | undefined;
  #recording: StereoRecording | undefined;
  #tap: AudioTap | undefined;
  #flows = false;
  #silentSinceMs = 0;
  #silenceTold = 0;

  constructor(handle: SessionHandle, sockets: SocketPair, host: SessionHost) {
    this.handle = handle;
    this.#host = host;
    this.#sockets = sockets;
    this.#queue = new PlayoutQueue((event) => host.tell({ type: 'playout', session: handle, event }));
    this.#sender = new RtpSender(this.#queue, (buffer, length) => {
      const destination = this.#destination;
      if (destination) sockets.sendRtp(buffer.subarray(0, this.#srtp.protect(buffer, length)), destination);
    });
    this.#receiver = new RtpReceiver(
      (key) => host.tell({ type: 'dtmf', session: handle, ...key, at: host.toEpoch(host.monotonic()) }),
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

  tick(nowMs: number, lateMs: number): void {
    const params = this.#params;
    if (!params) return;
    const at = this.#host.toEpoch(nowMs);
    const transmit = this.#mayTransmit(params);
    this.#sender.tick(transmit, at);
    if (transmit) this.#lateness.record(lateMs);
    this.#receiver.pull(this.#heard, nowMs);
    if (this.#flows) this.#host.deliver(this.handle, this.#heard);
    this.#recording?.write(this.#heard, this.#sender.frame);
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

  startRecording(path: string, left: RecordingSide): void {
    this.#recording = new StereoRecording(path, left, (error) => this.#fail('recording', error));
  }

  async stopRecording(): Promise<RecordingResult> {
    const recording = this.#recording;
    this.#recording = undefined;
    return recording ? recording.stop() : { durationMs: 0, error: 'No recording was started.' };
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
    const recording = this.#recording;
    this.#recording = undefined;
    this.#awaited = undefined;
    await Promise.all([this.#sockets.close(), recording?.stop()]);
    this.#sender.close();
    this.#receiver.close();
    return this.stats();
  }

  #apply(params: WorkerMediaParams): void {
    const first = this.#params === undefined;
    const listenedBefore = this.#listens();
    this.#params = params;
    if (this.#srtp.configure(params.srtp)) this.#sender.renew();
    const relocated = this.#receiver.configure(params);
    if (relocated) this.#sockets.disconnect();
    this.#destination = this.#receiver.lock.destination;
    this.#rtcp.configure({ address: params.remoteAddress, port: params.remoteRtcpPort }, relocated);
    this.#sender.configure(params);
    // Silence on hold is no fault: it counts from when there should be media again.
    if (first || !listenedBefore) this.#silentSinceMs = this.#host.monotonic();
  }

  #onRtp(bytes: Buffer, from: RemoteInfo): void {
    const now = this.#host.monotonic();
    // Before the source is judged: only who has the key can become it.
    const opened = this.#srtp.open(bytes);
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

  #mayTransmit(params: WorkerMediaParams): boolean {
    if (!this.#destination || params.remotePort === 0) return false;
    return params.direction === 'sendrecv' || params.direction === 'sendonly';
  }

  #listens(): boolean {
    return this.#params?.direction === 'sendrecv' || this.#params?.direction === 'recvonly';
  }

  #watchSilence(nowMs: number): void {
    if (!this.#listens()) return;
    const sinceMs = nowMs - this.#silentSinceMs;
    if (sinceMs < (this.#silenceTold + 1) * SILENCE_NOTICE_MS) return;
    this.#silenceTold = Math.floor(sinceMs / SILENCE_NOTICE_MS);
    this.#host.tell({ type: 'silence', session: this.handle, sinceMs: Math.round(sinceMs) });
  }

  #fail(part: 'media' | 'recording', error: string): void {
    this.#host.tell({ type: 'failed', session: this.handle, part, error });
  }
}
