import type { Secret } from '../../lib/secret.ts';
import type { Extras } from '../extras.ts';
import type { Server } from '../server.ts';
import type { TransferDestination } from './destination.ts';

/** Who brings the number's calls: our own SIP listener, a customer's trunk, or a carrier's API. */
export type Carrier = 'sip' | 'trunk' | 'twilio' | 'telnyx' | 'vonage';

/** `activating`: its trunk or carrier brings no calls yet. `blocked`: its org lets it take and place none. */
export type NumberStatus = 'active' | 'activating' | 'blocked';

/** Digest credentials that a caller of this number must know (RFC 8760 and RFC 7616 by way of SIP). */
export interface DigestAuthentication {
  realm?: string;
  username: string;
  password: Secret;
}

/** The customer's own account with Twilio, given with the number itself rather than as a credential. */
export interface TwilioAccount {
  accountSid: string;
  authToken?: Secret;
  apiKey?: Secret;
  apiSecret?: Secret;
}

/** What answers the number. Set apart, the first of agent, squad, workflow counts. */
export interface NumberBinding {
  agentId?: string;
  squadId?: string;
  workflowId?: string;
}

export interface RingingHook {
  on: 'call.ringing';
  /** All must match; none means always. Prefixes are compared with the caller's digits, without plus. */
  filters?: { startsWith: string[] }[];
  actions: HookAction[];
}

export interface EndingHook {
  on: 'call.ending';
  /** All must match; none means always. */
  filters?: { oneOf: string[] }[];
  /** Whether the customer wrote `do` as a list or as one object; it is returned in the same form. */
  form: 'single' | 'list';
  actions: HookAction[];
}

export type HookAction =
  | { type: 'say'; exact: string }
  | { type: 'transfer'; destination?: TransferDestination };

export type NumberHook = RingingHook | EndingHook;

/** A phone number, extension or SIP URI that the exchange answers. */
export interface PhoneNumber {
  id: string;
  orgId: string;
  carrier: Carrier;
  /** E.164 with plus, or what `e164CheckEnabled: false` lets through; absent for a number that has only a SIP URI. */
  address?: string;
  e164CheckEnabled: boolean;
  sipUri?: string;
  authentication?: DigestAuthentication;
  twilio?: TwilioAccount;
  credentialId?: string;
  smsEnabled?: boolean;
  desiredAreaCode?: string;
  /** The customer's label. */
  name?: string;
  description?: string;
  tags?: string[];
  /** Takes no calls; it only places them. */
  outboundOnly?: boolean;
  /** Sample values of the prompt's `${name}`, used where nothing better is known. */
  exampleContext?: Record<string, string>;
  status: NumberStatus;
  binding: NumberBinding;
  server?: Server;
  fallbackDestination?: TransferDestination;
  hooks?: NumberHook[];
  /** The demo number: rung only from loopback and private addresses. */
  privateCallersOnly?: boolean;
  extras: Extras;
  createdAt: number;
  updatedAt: number;
}
