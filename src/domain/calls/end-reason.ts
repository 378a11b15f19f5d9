/** Who caused the end of a call: `none` is a normal end, `unknown` counts as ours. */
export type Blame = 'none' | 'caller' | 'customer' | 'carrier' | 'provider' | 'exchange' | 'unknown';

/** The vendor's names of `endedReason` that the exchange gives so far, each with who is to blame. */
export const END_REASONS = {
  'customer-ended-call': 'none',
  'customer-busy': 'none',
  'customer-did-not-answer': 'none',
  voicemail: 'none',
  'scheduled-call-deleted': 'none',
  'call.start.error-get-phone-number': 'customer',
  'call.start.error-get-transport': 'customer',
  'call.start.error-fraud-check-failed': 'customer',
  'call.in-progress.error-sip-outbound-call-failed-to-connect': 'carrier',
  'call.in-progress.error-providerfault-outbound-sip-403-forbidden': 'carrier',
  'call.in-progress.error-providerfault-outbound-sip-407-proxy-authentication-required': 'carrier',
  'call.in-progress.error-providerfault-outbound-sip-408-request-timeout': 'carrier',
  'call.in-progress.error-providerfault-outbound-sip-480-temporarily-unavailable': 'carrier',
  'call.in-progress.error-providerfault-outbound-sip-503-service-unavailable': 'carrier',
  'assistant-ended-call': 'none',
  'assistant-ended-call-after-message-spoken': 'none',
  'assistant-said-end-call-phrase': 'none',
  'silence-timed-out': 'none',
  'exceeded-max-duration': 'none',
  'worker-shutdown': 'exchange',
  'call.in-progress.error-vapifault-worker-died': 'exchange',
  'call.in-progress.error-assistant-did-not-receive-customer-audio': 'carrier',
  'call.ringing.sip-inbound-caller-hungup-before-call-connect': 'caller',
  'call.ringing.error-sip-inbound-call-failed-to-connect': 'carrier',
  'call.in-progress.error-sip-inbound-call-failed-to-connect': 'carrier',
  'call-start-error-neither-assistant-nor-server-set': 'customer',
  'assistant-not-found': 'customer',
  'assistant-not-valid': 'customer',
  'assistant-request-failed': 'customer',
  'assistant-request-returned-error': 'customer',
  'assistant-request-returned-unspeakable-error': 'customer',
  'assistant-request-returned-invalid-assistant': 'customer',
  'assistant-request-returned-no-assistant': 'customer',
  'assistant-request-returned-forwarding-phone-number': 'none',
  'call.ringing.hook-executed-say': 'none',
  'call.ringing.hook-executed-transfer': 'none',
  'call.ending.hook-executed-say': 'none',
  'call.ending.hook-executed-transfer': 'none',
  'call.start.error-subscription-concurrency-limit-reached': 'customer',
  'assistant-forwarded-call': 'none',
  'call.forwarding.operator-busy': 'carrier',
  'call.forwarding.no-answer': 'carrier',
  'call.in-progress.error-transfer-failed': 'carrier',
  'manually-canceled': 'none',
  'call.start.error-get-resources-validation': 'customer',
  'call.start.error-vapifault-database-error': 'exchange',
  'call.in-progress.error-vapifault-worker-not-available': 'exchange',
} as const satisfies Record<string, Blame>;

export type EndReason = keyof typeof END_REASONS;

export function blameOf(reason: EndReason): Blame {
  return END_REASONS[reason];
}
