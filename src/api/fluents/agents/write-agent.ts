import type { Agent } from '../../../domain/agents/agent.ts';
import type { AgentChoice } from '../../../domain/calls/outbound-order.ts';
import type { VendorCredential } from '../../../domain/credentials/credential.ts';
import { keysOf } from '../../../domain/credentials/vendor-keys.ts';
import { newId } from '../../../lib/ids.ts';
import type { AgentChanges, AgentWriters, PartBodies } from '../../server/agent-changes.ts';
import { AgentParts } from '../../server/agent-parts.ts';
import type { Given } from '../../server/slot-change.ts';
import { underPath } from '../../server/under-path.ts';
import type { CreateConnectionBody } from '../account-connections/schema.ts';
import { toConnection } from '../account-connections/to-domain.ts';
import type { ActionBody } from '../actions/schema.ts';
import { toAction, withAction } from '../actions/to-domain.ts';
import type { FluentsContext } from '../context.ts';
import { known, notFound, refusal } from '../errors.ts';
import type { PromptBody } from '../prompts/schema.ts';
import { BLANK_PROMPT, withPrompt } from '../prompts/to-domain.ts';
import type { VoiceBody } from '../voices/schema.ts';
import { isOtherKind, toVoice, withVoice } from '../voices/to-domain.ts';
import type { WebhookBody } from '../webhooks/schema.ts';
import { toWebhook, withWebhook } from '../webhooks/to-domain.ts';
import type { AgentBody, InlineAgent } from './schema.ts';
import { withAccount, withFields } from './to-domain.ts';

interface Bodies extends PartBodies {
  prompt: PromptBody;
  voice: VoiceBody;
  webhook: WebhookBody;
  vectorDatabase: never;
  action: ActionBody;
}

const NAMES = {
  prompt: 'Prompt',
  voice: 'Voice',
  webhook: 'Webhook',
  'vector-database': 'Vector database',
  action: 'Action',
  agent: 'Agent',
} as const;

const neverGiven = (): never => {
  throw new TypeError('this API knows no vector databases');
};

const WRITERS: AgentWriters<Bodies> = {
  prompt: { create: (body) => withPrompt(BLANK_PROMPT, body), patch: withPrompt },
  voice: {
    create: (body) => toVoice(body),
    patch: withVoice,
    isOther: ({ voice }, body) => isOtherKind(voice, body),
  },
  webhook: {
    create: (body) => ({ webhook: toWebhook(body) }),
    patch: ({ webhook }, body) => ({ webhook: withWebhook(webhook, body) }),
  },
  vectorDatabase: { create: neverGiven, patch: neverGiven },
  action: { create: toAction, patch: withAction },
  missing: (what, id) => notFound(NAMES[what], id),
};

export function agentPartsOf(context: FluentsContext): AgentParts<Bodies> {
  return new AgentParts<Bodies>(context, WRITERS);
}

/**
 * Makes an agent with all that is given in place, or changes one.
 * @param path where the agent stands in the body.
 * @returns undefined when the org has no agent of this id.
 * @throws {ExchangeError} 404 for an id that the org has nothing under.
 * @throws {RequestInvalidError}
 */
export async function writeAgent(
  context: FluentsContext,
  orgId: string,
  id: string | undefined,
  body: AgentBody,
  path: readonly PropertyKey[] = [],
): Promise<Agent | undefined> {
  const account = await accountOf(context, orgId, body, path);
  const parts = agentPartsOf(context);
  const changes = changesOf(body, account?.id, context.clock.now());
  if (account?.isNew) await context.credentials.insert(account.credential);
  try {
    const written =
      id === undefined
        ? await parts.create(orgId, changes, path)
        : await parts.change(orgId, id, changes, path);
    if (!written && account?.isNew) await context.credentials.remove(orgId, account.id);
    return written?.agent;
  } catch (error) {
    // The account was made for the agent alone: nobody has seen it.
    if (account?.isNew) await context.credentials.remove(orgId, account.id);
    throw error;
  }
}

/**
 * Who is to speak in one call: a stored agent, as it is or with what is given laid over it, or one given in place. What
 * is given is for this call alone: nothing of it is stored, the key of its account included.
 * @throws {ExchangeError | RequestInvalidError}
 */
export async function agentOfCall(
  context: FluentsContext,
  orgId: string,
  given: string | InlineAgent,
): Promise<AgentChoice> {
  const { id, ...body } = typeof given === 'string' ? { id: given } : given;
  const stored = id === undefined ? undefined : await context.agents.get(orgId, id);
  if (typeof given === 'string' && !stored) throw notFound(NAMES.agent, given);
  if (stored && Object.keys(body).length === 0) return { kind: 'agent', agentId: stored.id };
  const path = ['agent'];
  const account = await accountOf(context, orgId, body, path);
  const changes = changesOf(body, account?.id, context.clock.now());
  const agent = await agentPartsOf(context).transient(orgId, changes, path, stored);
  return { kind: 'transient-agent', agent: account?.isNew ? withKeysOf(account.credential, agent) : agent };
}

/** The agent with the keys of an account that has no row: they outrank all others of its vendor. */
function withKeysOf(account: VendorCredential, agent: Agent): Agent {
  const { brainCredentialId: _, ...rest } = agent;
  return { ...rest, vendorKeys: { ...agent.vendorKeys, ...keysOf(account) } };
}

/** The same of an agent that is new. */
export async function makeAgent(
  context: FluentsContext,
  orgId: string,
  body: AgentBody,
  path: readonly PropertyKey[] = [],
): Promise<Agent> {
  const made = await writeAgent(context, orgId, undefined, body, path);
  if (!made) throw new Error('an agent that was made is not there');
  return made;
}

/**
 * Who is to answer a number: a stored agent, or one given in place. That changes the agent whose id it bears, else the
 * one that answers the number now; where there is neither, it is made.
 * @returns the agent's id.
 */
export async function inboundAgentOf(
  context: FluentsContext,
  orgId: string,
  given: string | InlineAgent,
  currentId: string | undefined,
): Promise<string> {
  if (typeof given === 'string') {
    known(await context.agents.get(orgId, given), NAMES.agent, given);
    return given;
  }
  const { id, ...body } = given;
  const path = ['inbound_agent'];
  const targets = [id, currentId].filter((target) => target !== undefined);
  for (const target of targets) {
    const changed = await writeAgent(context, orgId, target, body, path);
    if (changed) return changed.id;
  }
  return (await makeAgent(context, orgId, body, path)).id;
}

function changesOf(body: AgentBody, accountId: string | undefined, now: number): AgentChanges<Bodies> {
  return {
    prompt: givenOf(body.prompt),
    voice: givenOf(body.voice),
    webhook: givenOf(body.webhook),
    actions: body.actions === null ? [] : body.actions?.map((action) => givenOf(action)),
    apply: (agent) => {
      const draft = withFields(agent, body, now);
      return body.openai_account_connection === undefined ? draft : withAccount(draft, accountId);
    },
  };
}

/** Fields that come with an id were read under it: they change that part. */
function givenOf<B extends object>(value: string | (B & { id?: string | undefined })): NonNullable<Given<B>>;
function givenOf<B extends object>(
  value: string | (B & { id?: string | undefined }) | null | undefined,
): Given<B>;
function givenOf<B extends object>(
  value: string | (B & { id?: string | undefined }) | null | undefined,
): Given<B> {
  if (value === undefined || value === null) return value;
  if (typeof value === 'string') return { id: value };
  const { id, ...body } = value;
  return id === undefined ? { body: body as unknown as B } : { id, body: body as unknown as B };
}

interface Account {
  id: string;
  credential: VendorCredential;
  /** It was given in place and is not stored yet. */
  isNew: boolean;
}

/** The account that the agent's model is to be asked with. @throws {ExchangeError} when it is none of OpenAI's. */
async function accountOf(
  { credentials, clock }: FluentsContext,
  orgId: string,
  { openai_account_connection: given }: AgentBody,
  path: readonly PropertyKey[],
): Promise<Account | undefined> {
  if (given === undefined || given === null) return undefined;
  const now = clock.now();
  const id = typeof given === 'string' ? given : 'id' in given ? given.id : undefined;
  const credential =
    id === undefined
      ? underPath([...path, 'openai_account_connection'], () =>
          toConnection(given as CreateConnectionBody, { id: newId(now), orgId, now }),
        )
      : known(await credentials.get(orgId, id), 'Account connection', id);
  if (credential.provider !== 'openai') {
    throw refusal('openai_account_connection must be of type account_connection_openai');
  }
  return { id: credential.id, credential, isNew: id === undefined };
}
