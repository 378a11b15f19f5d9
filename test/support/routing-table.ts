import type { EndReason } from '../../src/domain/calls/end-reason.ts';
import type { TransferDestination } from '../../src/domain/numbers/destination.ts';
import type { NumberBinding, NumberHook } from '../../src/domain/numbers/number.ts';
import type { AssistantAnswer } from '../../src/flow/server-messages.ts';

/** Where a call may go in the tests of routing. */
export const DESK: TransferDestination = { type: 'sip', sipUri: 'sip:desk@127.0.0.1' };
export const FALLBACK: TransferDestination = { type: 'sip', sipUri: 'sip:fallback@127.0.0.1' };

/** A caller that the `call.ringing` hooks of these tests mean, and one that they do not. */
export const MEANT = '+919876543210';
export const OTHER = '+14155550123';

const desk = { type: 'transfer', destination: DESK } as const;
const closed = { type: 'say', exact: 'We are closed.' } as const;
const meant = [{ startsWith: ['91', '86'] }];

export const RINGING_HOOKS: Record<string, NumberHook[]> = {
  none: [],
  'for others': [{ on: 'call.ringing', filters: [{ startsWith: ['44'] }], actions: [closed] }],
  'say, then a second action': [{ on: 'call.ringing', filters: meant, actions: [closed, desk] }],
  transfer: [{ on: 'call.ringing', filters: meant, actions: [desk] }],
};

export const BINDINGS: Record<string, NumberBinding> = {
  none: {},
  agent: { agentId: 'a1' },
  'deleted agent': { agentId: 'gone' },
  squad: { squadId: 's1' },
  'deleted squad': { squadId: 'gone' },
  workflow: { workflowId: 'w1' },
};

const failed = (reason: Extract<EndReason, `assistant-request-${string}`>): AssistantAnswer => ({
  kind: 'failed',
  failure: { reason, detail: 'told by the table' },
});

/** What a customer's server may answer; `none` is a number without a server. */
export const ANSWERS: Record<string, AssistantAnswer | undefined> = {
  none: undefined,
  agent: { kind: 'agent', agentId: 'a1', response: {} },
  'unknown agent': { kind: 'agent', agentId: 'gone', response: {} },
  squad: { kind: 'squad', squadId: 's1', response: {} },
  'unknown squad': { kind: 'squad', squadId: 'gone', response: {} },
  workflow: { kind: 'workflow', response: {} },
  destination: { kind: 'destination', destination: DESK, response: {} },
  error: { kind: 'error', sentence: 'Please call tomorrow.', response: {} },
  failed: failed('assistant-request-failed'),
  'returned error': failed('assistant-request-returned-error'),
  unspeakable: failed('assistant-request-returned-unspeakable-error'),
  invalid: failed('assistant-request-returned-invalid-assistant'),
  'no assistant': failed('assistant-request-returned-no-assistant'),
};

export const ENDING_REASONS = [
  'assistant-request-failed',
  'assistant-request-returned-error',
  'assistant-request-returned-unspeakable-error',
  'assistant-request-returned-invalid-assistant',
  'assistant-request-returned-no-assistant',
  'assistant-request-returned-forwarding-phone-number',
];

export const ENDING_HOOKS: Record<string, NumberHook[]> = {
  none: [],
  'for another reason': [
    { on: 'call.ending', form: 'single', filters: [{ oneOf: ['call-deleted'] }], actions: [closed] },
  ],
  'say, for the reasons of the vendor': [
    { on: 'call.ending', form: 'list', filters: [{ oneOf: ENDING_REASONS }], actions: [closed] },
  ],
  'transfer, for any reason': [{ on: 'call.ending', form: 'single', actions: [desk] }],
};

/** The cause of failure that a binding alone, or the server's answer, leads to; `agent` is no failure. */
export const CAUSE_OF_BINDING: Record<string, EndReason | 'agent' | 'ask'> = {
  none: 'ask',
  agent: 'agent',
  'deleted agent': 'assistant-not-found',
  squad: 'agent',
  'deleted squad': 'call.start.error-get-resources-validation',
  workflow: 'call.start.error-get-resources-validation',
};

export const CAUSE_OF_ANSWER: Record<string, EndReason | 'agent' | 'transfer'> = {
  none: 'call-start-error-neither-assistant-nor-server-set',
  agent: 'agent',
  'unknown agent': 'assistant-request-returned-invalid-assistant',
  squad: 'agent',
  'unknown squad': 'assistant-request-returned-invalid-assistant',
  workflow: 'call.start.error-get-resources-validation',
  destination: 'transfer',
  error: 'assistant-request-returned-error',
  failed: 'assistant-request-failed',
  'returned error': 'assistant-request-returned-error',
  unspeakable: 'assistant-request-returned-unspeakable-error',
  invalid: 'assistant-request-returned-invalid-assistant',
  'no assistant': 'assistant-request-returned-no-assistant',
};
