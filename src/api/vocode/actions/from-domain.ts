import type { AgentTool } from '../../../domain/agents/agent.ts';
import type { Tool } from '../../../domain/tools/tool.ts';
import { fromPhone } from '../phone-digits.ts';
import { typeOf } from './action-type.ts';

type Json = Record<string, unknown>;

export function fromAction({ id, orgId, tool }: Tool): Json {
  return {
    id,
    user_id: orgId,
    type: typeOf(tool),
    config: configOf(tool),
    action_trigger: triggerOf(tool),
  };
}

function configOf(tool: AgentTool): Json {
  switch (typeOf(tool)) {
    case 'action_transfer_call':
      return { phone_number: reachedBy(tool) };
    case 'action_add_to_conference':
      return {
        phone_number: reachedBy(tool),
        place_primary_on_hold: tool.settings.placePrimaryOnHold ?? true,
      };
    case 'action_external':
      return externalConfig(tool);
    case 'action_end_conversation':
    case 'action_dtmf':
    case 'action_set_hold':
      return {};
  }
}

/** Empty where another API's tool names no number: it asks its server, or goes to an agent. */
function reachedBy({ destinations }: AgentTool): string {
  const [first] = destinations ?? [];
  if (first?.type === 'number') return fromPhone(first.number);
  return first?.type === 'sip' ? first.sipUri : '';
}

/** The one secret that is shown: the customer's server checks our requests with it. */
function externalConfig({ type, name, description, parameters, external, server }: AgentTool): Json {
  return {
    processing_mode: 'muted',
    name: name ?? type,
    description: description ?? '',
    url: external?.url ?? server?.url ?? '',
    input_schema: parameters ?? {},
    speak_on_send: external?.speakOnSend ?? false,
    speak_on_receive: external?.speakOnReceive ?? false,
    ...(external && { signature_secret: external.signatureSecret.reveal() }),
  };
}

function triggerOf({ phraseTriggers }: AgentTool): Json {
  if (!phraseTriggers) return { type: 'action_trigger_function_call', config: {} };
  const phrases = phraseTriggers.map(({ phrase }) => ({
    phrase,
    conditions: ['phrase_condition_type_contains'],
  }));
  return { type: 'action_trigger_phrase_based', config: { phrase_triggers: phrases } };
}
