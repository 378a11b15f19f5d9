import type { Customer, TransferOutcome } from '../domain/calls/call.ts';
import type { TransferDestination } from '../domain/numbers/destination.ts';
import type { Carrier } from '../domain/numbers/number.ts';
import type { Emitter } from '../lib/emitter.ts';
import type { MediaSession } from '../media/media-session.ts';

/** How a leg came to its end. `code` is the SIP status or Q.850 cause where there is one. */
export interface LegEnd {
  by: 'peer' | 'us' | 'failure';
  /** The caller gave up before the answer. */
  cancelled?: boolean;
  code?: number;
  /** Of a leg that we placed and nobody answered. */
  outcome?: TransferOutcome;
  detail?: string;
}

/** What a leg's own exchange is asked to call in our stead. */
export interface ReferRequest {
  destination: TransferDestination;
  /** Further headers of the REFER, or of the call that it asks for. */
  headers: Record<string, string>;
}

/** A far end that has taken on to make a call. */
export interface LegReferral {
  /** The final status of that call; undefined where the far end never told one. */
  readonly settled: Promise<number | undefined>;
}

/** The far end of a leg asks us to call somebody who is to take its place (REFER). Nothing of it is judged yet. */
export interface TransferRequest {
  destination: TransferDestination;
  /** The dialog that whom we call gives up for ours (RFC 3891): of an attended transfer. */
  replaces: string | undefined;
  /** Who asks, as he says himself (RFC 3892). */
  referredBy: string | undefined;
  /** Takes it on; nothing is dialled before. */
  accept(): void;
  /** How the call goes, as a SIP status; one of 200 and above is the last. */
  notify(status: number, reason: string): void;
  /** @param status of 400 and above */
  reject(status: number): void;
}

/** One side of a call on one carrier. Each carrier in `telephony/` makes its own; flow knows only this. */
export interface Leg {
  readonly id: string;
  readonly direction: 'inbound' | 'outbound';
  readonly carrier: Carrier;
  readonly transport: 'sip' | 'pstn';
  /** The carrier's own id of this leg: the SIP Call-ID. */
  readonly carrierCallId: string;
  /** What was dialled: the number or the user part of the request URI. */
  readonly dialled: string;
  readonly customer: Customer;
  /** X- headers, names in lower case. */
  readonly headers: Record<string, string>;
  /** Address the call came from. */
  readonly source: { address: string; port: number };
  /** The line's audio; there once `answer` has resolved. */
  readonly media: MediaSession;
  readonly ended: Emitter<LegEnd>;
  /** How it ended, once it has: a caller may give up before anybody listens to `ended`. */
  readonly end: LegEnd | undefined;
  /** The peer put us on hold or took us back. */
  readonly held: Emitter<boolean>;
  /** Whether the peer has us on hold now. */
  readonly isHeld: boolean;
  /** A key that came beside the audio (SIP INFO). */
  readonly dtmf: Emitter<{ digit: string; durationMs: number; at: number }>;
  /** Max-Forwards of the request that made the leg, or 70. */
  readonly maxForwards: number;
  /**
   * Asks the far end to call somebody else itself. Absent where the carrier knows no such thing.
   * @throws {DialError} when it does not take that on, or the destination may not be reached.
   */
  readonly refer?: ((request: ReferRequest) => Promise<LegReferral>) | undefined;
  /** A transfer that the far end asks for, and may ask for. Unset: it is refused. */
  onTransferRequest?: (request: TransferRequest) => void;
  /** Another leg, not answered yet, is to take the place of this one, and has its media then. Unset: it is refused. */
  onTakenOver?: (by: Leg) => void;
  /** Another leg has the media from now on: this one neither sets it up nor closes it. */
  giveUpMedia(): void;
  /** Tells the caller that it rings (180). */
  ring(): void;
  /**
   * Opens the audio towards the caller before the answer (183 with SDP). @returns whether it is open: not where the
   * INVITE came without an offer. Nothing is charged and nothing of the caller is heard yet.
   */
  openEarlyMedia(): boolean;
  /** Accepts; resolves when the caller has confirmed (ACK). Rejects when he has left or never confirms. */
  answer(): Promise<void>;
  /** Refuses before the answer and frees the media; without effect later. */
  reject(status: number, reason?: string, retryAfterSeconds?: number): void;
  /**
   * Ends the leg, whatever its state, and frees its media; also to be called when the peer has ended it.
   * Resolves when the far end has confirmed or the wait for it is over.
   */
  hangup(): Promise<void>;
}
