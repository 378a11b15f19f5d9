import type { CSeq, SipRequest, Via } from '../message/message.ts';
import type { Source } from '../session/session.ts';

/** A request with what every layer asks of it read once. */
export interface ReceivedRequest {
  request: SipRequest;
  source: Source;
  /** The top Via with `received` and `rport` filled in. */
  via: Via;
  cseq: CSeq;
  callId: string;
  /** Empty for a sender of RFC 2543, which need not have one. */
  fromTag: string;
  toTag: string | undefined;
}
