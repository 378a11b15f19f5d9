import type { RoutingFailure, Transfer, TransferOutcome } from '../../domain/calls/call.ts';
import type { EndReason } from '../../domain/calls/end-reason.ts';
import type { AGENT_ID_HEADER } from '../../domain/numbers/agent-header.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';
import type { Cast } from './cast.ts';

/** What becomes of a call. `why` is for its timeline, `failure` for the customer's eyes; neither is read to the caller. */
export type Route =
  /** Not answered at all: a SIP status says no. */
  | { kind: 'refuse'; status: number; reason: EndReason; why: string }
  | { kind: 'agent'; cast: Cast; why: string }
  /** A sentence of the customer's own for this caller, then goodbye. */
  | { kind: 'say'; sentence: string; reason: EndReason; why: string; failure?: RoutingFailure }
  | TransferRoute
  /** Nobody can answer: one neutral sentence, then goodbye. */
  | { kind: 'apologise'; reason: EndReason; why: string; failure?: RoutingFailure };

/** A new leg to somebody else, without an agent. */
export interface TransferRoute {
  kind: 'transfer';
  destination: TransferDestination;
  /** Tried in order where that one is not reached. */
  next?: TransferDestination[];
  by: Transfer['by'];
  /** Why the call ended once the two have talked. */
  reason: EndReason;
  why: string;
  failure?: RoutingFailure;
  /** Where the call goes when the destination was not reached. */
  otherwise(outcome: TransferOutcome, detail: string): Route;
}

/** The places where a call's way is decided, in their order. */
export type RoutingStage =
  | 'call.ringing hook'
  | `${typeof AGENT_ID_HEADER} header`
  | 'binding'
  | 'assistant-request'
  | 'call.ending hook'
  | 'fallbackDestination';

/** What was decided at one stage, for the timeline. */
export interface StageReport {
  stage: RoutingStage;
  outcome: 'taken' | 'skipped' | 'failed';
  why: string;
}
