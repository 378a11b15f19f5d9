import type { AgentWriters } from '../../server/agent-changes.ts';
import { checked } from '../../server/failure.ts';
import { type ActionUpdateParams, actionSchemas } from '../actions/schema.ts';
import { toAction, withAction } from '../actions/to-domain.ts';
import { notFound } from '../errors.ts';
import type { PromptUpdateParams } from '../prompts/schema.ts';
import { BLANK_PROMPT, withPrompt } from '../prompts/to-domain.ts';
import type { VocodeRevision } from '../revision.ts';
import { type VectorDatabaseUpdateParams, vectorDatabaseSchemas } from '../vector-databases/schema.ts';
import { toVectorDatabase, withVectorDatabase } from '../vector-databases/to-domain.ts';
import { type VoiceUpdateParams, voiceSchemas } from '../voices/schema.ts';
import { isOtherType, toVoice, withVoice } from '../voices/to-domain.ts';
import { type WebhookUpdateParams, webhookSchemas } from '../webhooks/schema.ts';
import { toWebhook, withWebhook } from '../webhooks/to-domain.ts';

/** What this dialect's agents take for what they are made of; the params of a new part are a case of its update. */
export interface VocodeBodies {
  prompt: PromptUpdateParams;
  voice: VoiceUpdateParams;
  webhook: WebhookUpdateParams;
  vectorDatabase: VectorDatabaseUpdateParams;
  action: ActionUpdateParams;
}

const NAMES = {
  prompt: 'Prompt',
  voice: 'Voice',
  webhook: 'Webhook',
  'vector-database': 'Vector database',
  action: 'Action',
  agent: 'Agent',
} as const;

/** What is new is checked as such: an update alone may lack what a part cannot be without. */
export function agentWriters(revision: VocodeRevision): AgentWriters<VocodeBodies> {
  return {
    prompt: {
      create: (body) => withPrompt(BLANK_PROMPT, body),
      patch: (current, body) => ({ ...current, ...withPrompt(current, body) }),
    },
    voice: {
      create: (body) => ({ voice: toVoice(checked(voiceSchemas(revision).params, body)) }),
      patch: (current, body) => ({ ...current, voice: withVoice(current.voice, body, revision) }),
      isOther: ({ voice }, body) => isOtherType(voice, body, revision),
    },
    webhook: {
      create: (body) => ({ webhook: toWebhook(checked(webhookSchemas(revision).params, body)) }),
      patch: ({ webhook }, body) => ({ webhook: withWebhook(webhook, body) }),
    },
    vectorDatabase: {
      create: (body) => ({
        database: toVectorDatabase(checked(vectorDatabaseSchemas(revision).params, body)),
      }),
      patch: ({ database }, body) => ({ database: withVectorDatabase(database, body) }),
    },
    action: {
      create: (body) => toAction(checked(actionSchemas(revision).params, body)),
      patch: (current, body) => withAction(current, body, revision),
    },
    missing: (what, id) => notFound(`${NAMES[what]} ${id}`),
  };
}
