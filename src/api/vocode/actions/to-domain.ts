import { randomBytes } from 'node:crypto';
import type { AgentTool, ExternalAction, ToolDestination } from '../../../domain/agents/agent.ts';
import type { TransferDestination } from '../../../domain/numbers/destination.ts';
import { isE164Number } from '../../../domain/numbers/e164.ts';
import type { Server } from '../../../domain/server.ts';
import { Secret } from '../../../lib/secret.ts';
import { checked } from '../../server/failure.ts';
import { toPhone } from '../phone-digits.ts';
import type { VocodeRevision } from '../revision.ts';
import { TOOL_TYPES, typeOf } from './action-type.ts';
import { type ActionParams, type ActionUpdateParams, actionSchemas } from './schema.ts';

/** HMAC-SHA256 asks for a key as long as its digest (RFC 2104 section 3). */
const SIGNATURE_SECRET_BYTES = 32;

export function toAction(body: ActionParams): AgentTool {
  return withKeys({ type: TOOL_TYPES[body.type], settings: {} }, body);
}

/**
 * The action after a change: keys that are given replace, all others stay. One of another type replaces it.
 * @throws {RequestInvalidError} where the other type lacks what it needs.
 */
export function withAction(tool: AgentTool, body: ActionUpdateParams, revision: VocodeRevision): AgentTool {
  if (typeOf(tool) === body.type) return withKeys({ ...tool, settings: { ...tool.settings } }, body);
  const { id, label } = tool;
  const made = toAction(checked(actionSchemas(revision).params, body));
  return { ...made, ...(id !== undefined && { id }), ...(label !== undefined && { label }) };
}

function withKeys(draft: AgentTool, body: ActionParams | ActionUpdateParams): AgentTool {
  const { action_trigger: trigger } = body;
  if (trigger?.type === 'action_trigger_phrase_based') {
    draft.phraseTriggers = trigger.config.phrase_triggers.map(({ phrase }) => ({ phrase }));
  } else if (trigger) delete draft.phraseTriggers;
  switch (body.type) {
    case 'action_add_to_conference':
      if (body.config === undefined) return draft;
      draft.settings.placePrimaryOnHold = body.config.place_primary_on_hold;
      return withAddress(draft, body.config.phone_number);
    case 'action_transfer_call':
      return body.config === undefined ? draft : withAddress(draft, body.config.phone_number);
    case 'action_external':
      return body.config === undefined ? draft : withExternal(draft, body.config);
    case 'action_end_conversation':
    case 'action_dtmf':
    case 'action_set_hold':
      return draft;
  }
}

/** The first destination is the action's; others, which another API may have given, stay behind it. */
function withAddress(draft: AgentTool, text: string): AgentTool {
  const [first, ...others] = draft.destinations ?? [];
  return { ...draft, destinations: [{ ...planOf(first), ...addressOf(text) }, ...others] };
}

/** What is said and planned for whoever is reached, without the address. */
function planOf(first: ToolDestination | undefined): Partial<TransferDestination> {
  if (first?.type === 'number') {
    const { type: _, number: __, extension: ___, e164CheckEnabled: ____, ...plan } = first;
    return plan;
  }
  if (first?.type === 'sip') {
    const { type: _, sipUri: __, sipHeaders: ___, ...plan } = first;
    return plan;
  }
  return {};
}

function addressOf(text: string): TransferDestination {
  if (/^sips?:/i.test(text)) return { type: 'sip', sipUri: text };
  const number = toPhone(text);
  return { type: 'number', number, e164CheckEnabled: isE164Number(number) };
}

type ExternalConfig = NonNullable<Extract<ActionParams, { type: 'action_external' }>['config']>;

/** A secret is for the URL that it was given with: another one never gets it. */
function atUrl({ secret, ...server }: Server, url: string): Server {
  return { ...server, url, ...(secret && server.url === url && { secret }) };
}

function withExternal(draft: AgentTool, config: ExternalConfig): AgentTool {
  const { name, description, input_schema: parameters, url } = config;
  const declared = { ...draft, name, description, parameters };
  // A tool of another API that is shown as an external action: its server stays its own, with all its settings.
  if (draft.type !== 'external') return { ...declared, server: atUrl(draft.server ?? {}, url) };
  const external: ExternalAction = {
    url,
    signatureSecret: draft.external?.signatureSecret ?? newSignatureSecret(),
    speakOnSend: config.speak_on_send,
    speakOnReceive: config.speak_on_receive,
    processingMode: config.processing_mode,
  };
  return { ...declared, external };
}

function newSignatureSecret(): Secret {
  return new Secret(randomBytes(SIGNATURE_SECRET_BYTES).toString('base64'));
}
