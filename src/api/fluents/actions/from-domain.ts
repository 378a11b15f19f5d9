import type { AgentTool } from '../../../domain/agents/agent.ts';
import type { Tool } from '../../../domain/tools/tool.ts';
import { compact } from '../fields.ts';
import { typeOf } from './action-type.ts';

type Json = Record<string, unknown>;

/** The vendor's shape of a stored tool: unset keys are left out. */
export function fromAction({ id, orgId, tool }: Tool): Json {
  return { id, user_id: orgId, ...fromActionValue(tool) };
}

/** The same of a tool that has no row, as in the agent of a call that is over. */
export function fromActionValue(tool: AgentTool): Json {
  const type = typeOf(tool);
  return {
    type,
    config: configOf(tool),
    ...compact({
      label: tool.label,
      description: type === 'action_external' ? tool.note : tool.description,
    }),
    action_trigger: triggerOf(tool),
  };
}

function configOf(tool: AgentTool): Json {
  switch (typeOf(tool)) {
    case 'action_transfer_call':
    case 'action_warm_transfer':
      return compact({ phone_number: reachedBy(tool) });
    case 'action_add_to_conference':
      return {
        ...compact({ phone_number: reachedBy(tool) }),
        place_primary_on_hold: tool.settings.placePrimaryOnHold ?? true,
      };
    case 'action_external':
      return externalConfig(tool);
    case 'action_set_hold':
    case 'action_end_conversation':
    case 'action_dtmf':
      return {};
  }
}

function reachedBy({ destinations }: AgentTool): string | undefined {
  const first = destinations?.[0];
  if (first?.type === 'number') return first.number;
  return first?.type === 'sip' ? first.sipUri : undefined;
}

/** The one secret that is shown: the customer's server checks our requests with it. */
function externalConfig({ type, name, description, parameters, external, server }: AgentTool): Json {
  return compact({
    name: name ?? type,
    description,
    url: external?.url ?? server?.url,
    input_schema: parameters,
    ...(external && {
      speak_on_send: external.speakOnSend,
      speak_on_receive: external.speakOnReceive,
      processing_mode: external.processingMode,
      signature_secret: external.signatureSecret.reveal(),
    }),
  });
}

function triggerOf({ phraseTriggers }: AgentTool): Json {
  if (!phraseTriggers) return { type: 'action_trigger_function_call', config: {} };
  const phrases = phraseTriggers.map(({ phrase }) => ({
    phrase,
    conditions: ['phrase_condition_type_contains'],
  }));
  return { type: 'action_trigger_phrase_based', config: { phrase_triggers: phrases } };
}
