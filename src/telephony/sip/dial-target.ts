import type { HeaderLine } from '../../sip/message/message.ts';
import type { SrtpMode } from '../../sip/session/offer-answer.ts';
import type { Source } from '../../sip/session/session.ts';

/** Where an INVITE may go, and what it says; nothing in it is judged yet. */
export interface DialRoute {
  /** Request URI. */
  uri: string;
  from: { uri: string; displayName?: string };
  headers: HeaderLine[];
  /** `realm`: the only one that may be told. */
  credentials?: { username: string; password: string; realm?: string };
  /** The trunk whose way it is; undefined where it is none's. */
  trunkId?: string;
  /** Whoever is there takes SRTP alone. */
  demandsSrtp?: boolean;
}

/** A route that the gate let pass. */
export interface DialTarget extends DialRoute {
  /** The address that it was judged by, so that no second look-up tells another one. */
  place: Source;
  /** Max-Forwards of the INVITE. */
  maxForwards: number;
  /** What our offer to it says about SRTP. */
  srtp?: SrtpMode;
}
