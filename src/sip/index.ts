/** The SIP stack (RFC 3261) as the rest of the exchange sees it. */
export type {
  HeaderLine,
  NameAddress,
  SipMessage,
  SipRequest,
  SipResponse,
  SipUri,
} from './message/message.ts';
export type {
  Registration,
  RegistrationOptions,
  RegistrationState,
} from './registration/registration.ts';
export type { Dns, DnsAnswer, NaptrRecord, SrvRecord } from './resolver/dns.ts';
export {
  type IncomingReferral,
  type InviteClientSession,
  type InviteServerSession,
  type InviteSession,
  type OutboundInvite,
  type OutboundRequest,
  type ReferProgress,
  type ReferRequest,
  type Referral,
  type SessionEnd,
  SipRejection,
  type Source,
  type TransportProtocol,
  type UserAgent,
  type UserAgentHandlers,
} from './session/session.ts';
export { createUserAgent, type UserAgentOptions } from './session/user-agent.ts';
export { DEFAULT_TIMER_VALUES, type TimerValues } from './transaction/timers.ts';
