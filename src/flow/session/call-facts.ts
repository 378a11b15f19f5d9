import type { Agent } from '../../domain/agents/agent.ts';
import type { Call } from '../../domain/calls/call.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';

/** What `{{ }}` templates of prompts, messages and caller ids may name. */
export function templateVariables(call: Call, number: PhoneNumber): Record<string, unknown> {
  const transport = { conversationType: 'voice', provider: 'vapi.sip', callId: call.carrierCallId };
  return {
    ...call.variables,
    customer: call.customer,
    phoneNumber: numberFacts(number),
    call: callFacts(call),
    transport,
  };
}

/** What goes to a custom model beside the conversation. */
export function brainContext(call: Call, number: PhoneNumber, agent: Agent): Record<string, unknown> {
  return {
    call: callFacts(call),
    customer: call.customer,
    phoneNumber: numberFacts(number),
    metadata: agent.metadata ?? {},
  };
}

function callFacts({ id, orgId, numberId, direction }: Call) {
  const type = direction === 'inbound' ? 'inboundPhoneCall' : 'outboundPhoneCall';
  return { id, type, orgId, phoneNumberId: numberId };
}

function numberFacts({ id, address, sipUri, name }: PhoneNumber) {
  return { id, number: address, sipUri, name };
}
