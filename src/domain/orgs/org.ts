import type { Secret } from '../../lib/secret.ts';
import type { Server } from '../server.ts';
import type { OutboundPolicy } from './dial-policy.ts';

/** Where callers wait while all lines of the org are taken. */
export interface OrgQueue {
  /** Callers who may wait; more are refused. */
  maxCalls: number;
  maxWaitSeconds: number;
}

/** What a caller hears who is not answered yet: the ringing of his own carrier, or music in early media. */
export type HoldSound = 'ringing' | 'music';

/** A tenant: owns keys, numbers, agents, calls. Unset limits mean none. */
export interface Org {
  id: string;
  name: string;
  /** Takes the server messages for which nothing nearer has a server. */
  server?: Server;
  /** Calls at once on one exchange process. */
  concurrencyLimit?: number;
  /** Unset: a call over the limit is refused as busy. */
  queue?: OrgQueue;
  holdSound?: HoldSound;
  /** Milliseconds a call rings before it is answered; unset: the exchange's setting. */
  ringDelayMs?: number;
  /** Failed deliveries are tried for more than a day beyond the server's own backoffPlan. */
  durableRetries?: boolean;
  /** Keys of the Standard Webhooks signature; the first is the newest, and each of them signs. */
  signingSecrets?: SigningSecret[];
  inboundTrunk?: InboundTrunk;
  /** Whom its calls may go out to; unset: its home country. */
  outbound?: OutboundPolicy;
  createdAt: number;
  updatedAt?: number;
}

/**
 * One SIP account for many numbers of the org (open.cx): whoever calls one of them must know it. Each of the numbers has
 * the account as its own `authentication`, which is what is asked for when it rings.
 */
export interface InboundTrunk {
  id: string;
  username: string;
  password: Secret;
  /** E.164. */
  numbers: string[];
  /** Whether the vendor would take noise out of the caller's audio. It changes nothing here. */
  krispEnabled: boolean;
}

/** One key of the Standard Webhooks signature (`whsec_` and base64). */
export interface SigningSecret {
  secret: Secret;
  createdAt: number;
  /** Signs no more after this instant; unset: for good. */
  expiresAt?: number;
}

/** `vocode-2024` is the later revision of Vocode's API. */
export const KEY_DIALECTS = ['vapi', 'vocode', 'vocode-2024', 'fluents', 'opencx'] as const;
export type KeyDialect = (typeof KEY_DIALECTS)[number];

/** A bearer key of an org. The key itself is shown once; only its SHA-256 is kept. */
export interface ApiKey {
  id: string;
  orgId: string;
  name?: string;
  /** First characters of the key, so that its owner can tell it from others. */
  prefix: string;
  /** Which API answers this key at the paths that several dialects share; unset means Vocode's older revision there. */
  dialect?: KeyDialect;
  createdAt: number;
  revokedAt?: number;
}
