/** What a URI or address without parameters has: most have none, and one map for all of them spares making it. */
export const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** A SIP or SIPS URI, or any other scheme kept opaque (RFC 3261 section 19.1). */
export interface SipUri {
  scheme: string;
  /** Percent-decoded; absent when the URI has none. Of a `tel` URI its number without visual separators (RFC 3966). */
  user?: string;
  password?: string;
  /** Lower case; IPv6 without brackets. Empty for opaque schemes. */
  host: string;
  port?: number;
  /** Names in lower case; value `''` for a flag such as `lr`. */
  params: ReadonlyMap<string, string>;
  headers: ReadonlyMap<string, string>;
  /** Everything after the scheme, for schemes other than sip and sips. */
  opaque?: string;
}

/** name-addr or addr-spec with its header parameters (From, To, Contact, Route ...). */
export interface NameAddress {
  displayName?: string;
  uri: SipUri;
  params: ReadonlyMap<string, string>;
}

export interface Via {
  protocol: string;
  transport: string;
  host: string;
  port?: number;
  branch?: string;
  received?: string;
  /** `true` where asked for without a value (RFC 3581). */
  rport?: number | true;
  params: Map<string, string>;
}

export interface CSeq {
  seq: number;
  method: string;
}

export interface HeaderLine {
  name: string;
  value: string;
}

interface MessageBase {
  /** Header lines in order, names in their long canonical form (`Via`, not `v`), values unfolded and trimmed. */
  headers: HeaderLine[];
  body: Uint8Array;
}

export interface SipRequest extends MessageBase {
  kind: 'request';
  method: string;
  uri: SipUri;
  /** The request URI as it came. */
  rawUri: string;
}

export interface SipResponse extends MessageBase {
  kind: 'response';
  status: number;
  reason: string;
}

export type SipMessage = SipRequest | SipResponse;
