import type { Emitter } from '../lib/emitter.ts';
import type { Secret } from '../lib/secret.ts';
import type { SrtpSuite } from './srtp/srtp-suite.ts';

/** Sample rate of all audio that crosses this port. G.711 is native to it; wider codecs change theirs at their own edge. */
export const SAMPLE_RATE_HZ = 8000;
/** Samples in one 20 ms frame, the unit in which audio reaches the main thread. */
export const FRAME_SAMPLES = 160;

export const AUDIO_CODECS = ['PCMU', 'PCMA', 'G722', 'opus'] as const;
export type AudioCodec = (typeof AUDIO_CODECS)[number];
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What an SDP answer settled. `direction` is ours: `recvonly` means that we must not send. */
export interface MediaParams {
  remoteAddress: string;
  remotePort: number;
  remoteRtcpPort: number;
  /**
   * Address the signalling came from. Where the SDP names a private address (a peer behind NAT), media is then learned
   * from this address alone, which keeps strangers from taking the call's audio.
   */
  signallingAddress?: string;
  codec: AudioCodec;
  payloadType: number;
  /** Payload type of telephone-event (RFC 4733), where both sides know it. */
  dtmfPayloadType?: number;
  /** Its clock. Unset: 8000. */
  dtmfClockRateHz?: number;
  /** Comfort noise payload type (RFC 3389), tolerated on receipt. */
  comfortNoisePayloadType?: number;
  /** Packet time we send, in milliseconds. */
  ptimeMs: number;
  direction: MediaDirection;
  /** Keys of SRTP; each a master key of 16 octets with its salt of 14 behind it, in base64. Unset: plain RTP. */
  srtp?: { suite: SrtpSuite; sendKey: Secret; receiveKey: Secret };
}

export interface RtpStats {
  codec: AudioCodec | 'none';
  received: number;
  lost: number;
  /** Came after its turn to be played. */
  late: number;
  duplicated: number;
  /**
   * From a source other than the locked one, malformed, or keys faster than anybody presses them; after the lock the
   * kernel drops most strangers uncounted.
   */
  rejected: number;
  sent: number;
  /** Interarrival jitter, RFC 3550 section 6.4.1. */
  jitterMs: number;
  /** Loss the peer reports of our packets, 0 to 1. */
  remoteLoss?: number;
  roundTripMs?: number;
  /** How late our own sends were against the 20 ms schedule. */
  sendLatenessP99Ms: number;
  /** Where the audio is SRTP: packets refused because their tag did not fit, or because they had come before. */
  srtp?: { suite: SrtpSuite; authenticationFailures: number; replayed: number };
}

/** A block of received audio. */
export interface AudioFrame {
  /** 8 kHz mono, {@link FRAME_SAMPLES} long. A view of a buffer that other sessions share: copy it, never transfer it. */
  samples: Int16Array;
  /** When the worker took it from the jitter buffer, on the clock of `performance.timeOrigin + performance.now()`. */
  at: number;
}

/** A talk spurt of ours began or ended on the wire. Positions count samples of {@link MediaSession.play} since the start. */
export type PlayoutEvent =
  | { type: 'started'; position: number; at: number }
  /** All that was queued has been sent. */
  | { type: 'drained'; position: number; at: number };

/** What a channel of a recording holds: what the peer said, or what we sent it. */
export type RecordingSide = 'received' | 'sent';

/** What a channel of a finished recording holds: as {@link RecordingSide}, or what those said who were bridged to the line. */
export type RecordingChannel = RecordingSide | 'joined';

/** `channels` in the order of the file; `joined` only where somebody was bridged to the line. */
export type RecordingResult = { durationMs: number; channels: RecordingChannel[]; error?: string };

/** Both sides of a session's audio as they pass on the line, for those who listen in. */
export interface MediaTap {
  /**
   * 8 kHz, interleaved: received, sent, received ... Every 100 ms while media flows; what passes on hold is silence.
   * Other taps get the same block: it must not be changed.
   */
  readonly audio: Emitter<Int16Array>;
  close(): void;
}

export interface BridgeOptions {
  /**
   * Whoever plays to this session and listens to its {@link MediaSession.audio} (an agent) is the third party: the other's
   * peer hears what is played here, and `audio` here tells what both peers say.
   */
  conference?: boolean;
}

/**
 * Two sessions whose peers hear each other and get each other's keys, by whole frames and without a trip over the main
 * thread. A session that has several bridges sends what all of them say, added up. While a peer holds the call, nothing of
 * it is passed on; it ends with either session.
 */
export interface MediaBridge {
  /**
   * Passes on a key that the peer of `from` pressed and that came beside the audio (SIP INFO). Where the same key comes in
   * the audio as well, the two are one. Without effect once the bridge has ended.
   * @throws {RangeError} when `digit` is no key or `from` is not of the bridge
   */
  passKey(from: MediaSession, digit: string, durationMs: number): void;
  /** Parts the two. */
  close(): void;
}

/** One RTP session as the main thread sees it; sockets, pacing and codecs live in a media worker. */
export interface MediaSession {
  readonly id: string;
  readonly localPort: number;
  /** Received audio, every 20 ms once media flows; silence fills losses. What nobody listens to stays in the worker. */
  readonly audio: Emitter<AudioFrame>;
  /** A key the peer pressed (RFC 4733), once per key however often its packets came. */
  readonly dtmf: Emitter<{ digit: string; durationMs: number; at: number }>;
  readonly playout: Emitter<PlayoutEvent>;
  /** No packet came for this long, in milliseconds; again on each further such time, and `0` when media comes back. */
  readonly silence: Emitter<{ sinceMs: number }>;
  /** `media`: nothing can be heard or said any more. `recording`: the file ended early, the call goes on. */
  readonly failed: Emitter<{ part: 'media' | 'recording'; error: string }>;
  /** Applies an answer: the first starts media, a later one moves it (re-INVITE, hold). */
  configure(params: MediaParams): void;
  /**
   * Queues 8 kHz audio behind what is queued. It waits for the first answer; while we are on hold (`recvonly`,
   * `inactive`) it passes in its time unsent. @returns the position at which it ends.
   */
  play(samples: Int16Array): number;
  /**
   * Passes on audio that is worth sending only now, behind what is queued: it has no position, `playout` does not tell of
   * it, and where more than `limitMs` of it wait the oldest is dropped.
   */
  relay(samples: Int16Array, limitMs: number): void;
  /** Drops all audio that was not sent yet, without a `drained`; keys stay queued. @returns the position up to which audio was really sent. */
  clear(): Promise<number>;
  /** Sends keys after what is queued: RFC 4733 events, or tones where the peer knows none. */
  sendDtmf(digits: string, options?: { durationMs?: number; gapMs?: number }): void;
  /**
   * Bridges to another session of this process, wherever it lives; in one worker the bridge adds no delay, between two up
   * to one frame. @throws {TypeError} when `other` is no media session of a pool, or this one.
   */
  bridge(other: MediaSession, options?: BridgeOptions): MediaBridge;
  /**
   * Starts a stereo WAV file; `left` is the received side unless told otherwise. Once somebody is bridged to the line the
   * file gets a third channel for what he says. An error shows in {@link stopRecording}.
   */
  startRecording(path: string, options?: { left?: RecordingSide }): void;
  stopRecording(): Promise<RecordingResult>;
  /** Opens a tap; each listener has its own. Without one the session spends nothing on it. */
  tap(): MediaTap;
  stats(): Promise<RtpStats>;
  /** Sends RTCP BYE, frees the socket; the port is drained before it is used again. */
  close(): Promise<RtpStats>;
}

/** The media workers and their ports. */
export interface MediaPool {
  /**
   * Opens a session, in the same worker as `near` where that still lives: for one that will be bridged to it.
   * @throws {Error} code `ports-exhausted` when no port pair is free.
   */
  createSession(options: { bindAddress: string; near?: MediaSession }): Promise<MediaSession>;
  /** Sessions that are open. */
  readonly activeCount: number;
  close(): Promise<void>;
}
