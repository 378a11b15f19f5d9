import type { Agent } from '../../../domain/agents/agent.ts';
import { BLANK_BRAIN } from '../../../domain/agents/blank-brain.ts';
import { ownToolIds, partIdOf, promptTextOf } from '../../../domain/parts/agent-copies.ts';
import type { ExpandedAgent } from '../../server/agent-changes.ts';
import { fromAction, fromActionValue } from '../actions/from-domain.ts';
import { compact } from '../fields.ts';
import { fromPrompt, fromPromptValue } from '../prompts/from-domain.ts';
import { fromVoice, fromVoiceValue } from '../voices/from-domain.ts';
import { fromWebhook, fromWebhookValue } from '../webhooks/from-domain.ts';
import { shownLanguage } from './language.ts';
import { KEPT_KEYS } from './schema.ts';
import { fromTranscriber } from './transcriber.ts';

type Json = Record<string, unknown>;

/**
 * The vendor's shape of an agent with all its parts: what is not set is left out.
 * @param connection the account that its model is asked with, as it is shown.
 */
export function fromAgent({ agent, prompt, voice, webhook, tools }: ExpandedAgent, connection?: Json): Json {
  return {
    ...fieldsOf(agent),
    prompt: fromPrompt(prompt),
    voice: fromVoice(voice),
    actions: tools.map(fromAction),
    ...compact({ webhook: webhook && fromWebhook(webhook), openai_account_connection: connection }),
  };
}

/** The agent of a call, as it was when it answered: its parts with the values that they had then. */
export function fromAgentOfCall(agent: Agent): Json {
  const { orgId, voice, webhook, brain } = agent;
  const toolIds = ownToolIds(agent);
  const part = (id: string, value: Json) => ({ id, ...compact({ user_id: orgId }), ...value });
  return {
    ...fieldsOf(agent),
    prompt: part(
      partIdOf(agent, 'prompt'),
      fromPromptValue(promptTextOf(agent), agent.promptPlan ?? {}, orgId),
    ),
    actions: (brain?.tools ?? []).map((tool, index) => part(toolIds[index] as string, fromActionValue(tool))),
    ...compact({
      voice: voice && part(partIdOf(agent, 'voice'), fromVoiceValue({ voice })),
      webhook: webhook && part(partIdOf(agent, 'webhook'), fromWebhookValue(webhook)),
    }),
  };
}

function fieldsOf(agent: Agent): Json {
  const { dials = {}, brain, llmFallback, transcriber, extras } = agent;
  const kept = Object.fromEntries(KEPT_KEYS.map((key) => [key, extras.fluents?.[key]]));
  return {
    id: agent.id,
    user_id: agent.orgId,
    ...compact({
      name: agent.name,
      label: agent.label,
      description: agent.description,
      language: shownLanguage(agent),
      initial_message: agent.firstMessage,
      interrupt_sensitivity: dials.interruptSensitivity,
      endpointing_sensitivity: dials.endpointingSensitivity,
      conversation_speed: dials.conversationSpeed,
      initial_message_delay: dials.initialMessageDelayMs,
      idle_time_seconds: dials.idleTimeSeconds,
      ask_if_human_present_on_idle: dials.askIfPresentOnIdle,
      max_idle_check_count: dials.maxIdleChecks,
      ivr_navigation_mode: dials.ivrNavigationMode,
      noise_suppression: dials.noiseSuppression,
      context_endpoint: agent.contextEndpoint,
      run_do_not_call_detection: agent.doNotCallDetection,
      llm_fallback: llmFallback && { provider: llmFallback.provider, model_name: llmFallback.model },
      llm_temperature: brain?.temperature,
      provider: brain?.provider === BLANK_BRAIN.provider ? undefined : brain?.provider,
      model: brain?.model,
      openai_model_name_override: brain?.provider === 'openai' ? brain.model : undefined,
      enable_recording: agent.recordingEnabled,
      call_duration_sec: agent.maxDurationSeconds,
      transcriber: transcriber && fromTranscriber(transcriber),
      deepgram_keywords: keywordsOf(agent),
      ...kept,
    }),
  };
}

/** The vendor's own example writes the eagerness as text. */
function keywordsOf({ transcriber }: Agent): Record<string, string> | undefined {
  const { keywords } = transcriber?.settings ?? {};
  if (!Array.isArray(keywords)) return undefined;
  const pairs = keywords
    .filter((keyword) => typeof keyword === 'string')
    .map((keyword) => {
      const [, word = keyword, eagerness = '1'] = /^(.*):([+-]?[\d.]+(?:e[+-]?\d+)?)$/.exec(keyword) ?? [];
      return [word, eagerness];
    });
  return Object.fromEntries(pairs);
}
