import { randomBytes } from 'node:crypto';
import type { AgentTool, ExternalAction, ToolDestination } from '../../../domain/agents/agent.ts';
import type { TransferDestination } from '../../../domain/numbers/destination.ts';
import { isE164Number } from '../../../domain/numbers/e164.ts';
import type { Server } from '../../../domain/server.ts';
import { Secret } from '../../../lib/secret.ts';
import { fieldInvalid } from '../../server/failure.ts';
import { assign } from '../fields.ts';
import { isWarm, typeOf } from './action-type.ts';
import type { ActionBody, ActionConfig, ActionTrigger, ActionType } from './schema.ts';

/** HMAC-SHA256 asks for a key as long as its digest (RFC 2104 section 3). */
const SIGNATURE_SECRET_BYTES = 32;
const WARM_MODE = 'warm-transfer-say-summary';

/** The tool of the domain that does what an action does. */
const TOOL_TYPES: Readonly<Record<ActionType, string>> = {
  action_transfer_call: 'transferCall',
  action_warm_transfer: 'transferCall',
  action_add_to_conference: 'addToConference',
  action_set_hold: 'setHold',
  action_end_conversation: 'endCall',
  action_dtmf: 'dtmf',
  action_external: 'external',
};

/** The model alone knows when to send keys or what to ask a server. */
const BY_MODEL_ALONE: ReadonlySet<ActionType> = new Set(['action_dtmf', 'action_external']);

/** @throws {RequestInvalidError} where a field is missing that this type of action needs. */
export function toAction(body: ActionBody): AgentTool {
  if (body.type === undefined) throw fieldInvalid(['type'], 'should not be empty');
  return withType({ type: TOOL_TYPES[body.type], settings: {} }, body.type, body);
}

/**
 * The action after a change: keys that are given replace, null unsets, all others stay. One of another type replaces it.
 * @throws {RequestInvalidError} where the new type lacks a field that it needs.
 */
export function withAction(tool: AgentTool, body: ActionBody): AgentTool {
  const current = typeOf(tool);
  const type = body.type ?? current;
  if (type === current || TOOL_TYPES[type] === tool.type) return withType(tool, type, body);
  const { id, label, note } = tool;
  const made = toAction({ ...body, type });
  if (id !== undefined) made.id = id;
  if (body.label === undefined) assign(made, 'label', label);
  if (body.description === undefined) assign(made, 'note', note);
  return made;
}

function withType(tool: AgentTool, type: ActionType, body: ActionBody): AgentTool {
  const draft: AgentTool = { ...tool, settings: { ...tool.settings } };
  if (body.label !== undefined) assign(draft, 'label', body.label);
  if (body.description !== undefined) {
    // What a built-in action is for helps the model; an external one tells it by its config.
    assign(draft, type === 'action_external' ? 'note' : 'description', body.description);
  }
  if (body.action_trigger !== undefined) setTrigger(draft, type, body.action_trigger);
  else if (BY_MODEL_ALONE.has(type)) delete draft.phraseTriggers;
  const config = body.config ?? {};
  if (type === 'action_external') setExternal(draft, config);
  if (type === 'action_transfer_call' || type === 'action_warm_transfer') {
    setDestination(draft, config, type === 'action_warm_transfer');
  }
  if (type === 'action_add_to_conference') {
    setDestination(draft, config, false);
    const { place_primary_on_hold: isHeld } = config;
    if (isHeld !== undefined) assign(draft.settings, 'placePrimaryOnHold', isHeld);
  }
  return draft;
}

function setTrigger(draft: AgentTool, type: ActionType, trigger: ActionTrigger | null): void {
  if (trigger?.type !== 'action_trigger_phrase_based') {
    delete draft.phraseTriggers;
    return;
  }
  if (BY_MODEL_ALONE.has(type)) {
    throw fieldInvalid(['action_trigger', 'type'], `must be action_trigger_function_call for ${type}`);
  }
  draft.phraseTriggers = trigger.config.phrase_triggers.map(({ phrase }) => ({ phrase }));
}

/** The first destination is the action's; others, which another API may have given, stay behind it. */
function setDestination(draft: AgentTool, config: ActionConfig, warm: boolean): void {
  const given = config.phone_number ?? config.transfer_phone_number ?? undefined;
  const [first, ...others] = draft.destinations ?? [];
  if (given === undefined && !first) throw fieldInvalid(['config', 'phone_number'], 'should not be empty');
  // A handover to another agent becomes a transfer once it leads to a telephone.
  if (given !== undefined && draft.type === 'handoff') draft.type = 'transferCall';
  const reached = given === undefined ? first : { ...planOf(first), ...addressOf(given) };
  draft.destinations = [withWarmth(reached as ToolDestination, warm), ...others];
}

/** What is said and planned for whoever is reached, without the address. */
function planOf(first: ToolDestination | undefined): Partial<TransferDestination> {
  if (first?.type !== 'number' && first?.type !== 'sip') return {};
  const { message, description, callerId, transferPlan } = first;
  const plan: Partial<TransferDestination> = {};
  if (message !== undefined) plan.message = message;
  if (description !== undefined) plan.description = description;
  if (callerId !== undefined) plan.callerId = callerId;
  if (transferPlan !== undefined) plan.transferPlan = transferPlan;
  return plan;
}

function addressOf(text: string): TransferDestination {
  if (/^sips?:/i.test(text)) return { type: 'sip', sipUri: text };
  return { type: 'number', number: text, e164CheckEnabled: isE164Number(text) };
}

function withWarmth(destination: ToolDestination, warm: boolean): ToolDestination {
  if (destination.type !== 'number' && destination.type !== 'sip') return destination;
  if (isWarm(destination) === warm) return destination;
  return {
    ...destination,
    transferPlan: { ...destination.transferPlan, mode: warm ? WARM_MODE : 'blind-transfer' },
  };
}

/** @throws {RequestInvalidError} where nothing says which server is asked for what. */
function setExternal(draft: AgentTool, config: ActionConfig): void {
  const { name, description, input_schema: parameters, url } = config;
  if (name) draft.name = name;
  if (description !== undefined) assign(draft, 'description', description);
  if (parameters !== undefined) assign(draft, 'parameters', parameters);
  if (draft.type !== 'external') {
    // A tool of another API that is shown as an external action: its server keeps its settings.
    if (url) draft.server = atUrl(draft.server ?? {}, url);
    return;
  }
  if (draft.name === undefined) throw fieldInvalid(['config', 'name'], 'should not be empty');
  draft.external = withExternal(draft.external, config);
}

/** The server at another address, which is not told the secret that was meant for the old one. */
function atUrl({ secret, ...server }: Server, url: string): Server {
  return { ...server, url, ...(secret && server.url === url && { secret }) };
}

function withExternal(current: ExternalAction | undefined, config: ActionConfig): ExternalAction {
  const url = config.url ?? current?.url;
  if (url === undefined) throw fieldInvalid(['config', 'url'], 'should not be empty');
  return {
    url,
    signatureSecret: current?.signatureSecret ?? newSignatureSecret(),
    speakOnSend: config.speak_on_send ?? current?.speakOnSend ?? false,
    speakOnReceive: config.speak_on_receive ?? current?.speakOnReceive ?? false,
    processingMode: config.processing_mode ?? current?.processingMode ?? 'muted',
  };
}

function newSignatureSecret(): Secret {
  return new Secret(randomBytes(SIGNATURE_SECRET_BYTES).toString('base64'));
}
