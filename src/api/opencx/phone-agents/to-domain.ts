import type {
  Agent,
  BrainSettings,
  ConversationDials,
  DataCollection,
  TranscriberSettings,
  VoiceSettings,
} from '../../../domain/agents/agent.ts';
import { BLANK_BRAIN } from '../../../domain/agents/blank-brain.ts';
import { providerOfVoice } from '../../../domain/voices/voice-catalogue.ts';
import { assign } from '../fields.ts';
import { keep } from './extras.ts';
import type { CreatePhoneAgentBody, UpdatePhoneAgentBody } from './schema.ts';

/** What an agent says when it picks up, unless it is told otherwise (open.cx, update a phone agent). */
export const DEFAULT_FIRST_MESSAGE = 'Hello?';

/**
 * Into silence the vendor's agents ask twice whether somebody is there, and then hang up (open.cx, voice guide). The
 * guide gives no time: with 10 s the call ends after the 30 s that the exchange waits in silence elsewhere.
 */
const IDLE_DIALS = {
  idleTimeSeconds: 10,
  askIfPresentOnIdle: true,
  maxIdleChecks: 2,
} as const satisfies ConversationDials;

/** Of the voice and the transcriber that an agent has without any settings. */
const OWN_PROVIDER = 'offline';
/** What a server is asked for that holds one model, which it does not name. */
const UNNAMED_MODEL = 'default';

type Body = UpdatePhoneAgentBody & Pick<CreatePhoneAgentBody, 'model'>;
type Key = keyof Body;
type Setter<K extends Key> = (draft: Agent, value: NonNullable<Body[K]> | undefined) => void;

/** What each key does to an agent; undefined resets it to the vendor's default. */
const SETTERS: { [K in Key]-?: Setter<K> } = {
  name: (draft, value) => assign(draft, 'name', value),
  type: (draft, value) => assign(draft, 'kind', value),
  voice_id: (draft, value) => assign(draft, 'voice', withVoiceId(draft.voice, value)),
  speed: (draft, value) => assign(draft, 'voice', withSpeed(draft.voice, value)),
  language: (draft, value) => assign(draft, 'transcriber', withLanguage(draft.transcriber, value)),
  first_message: (draft, value) => {
    draft.firstMessage = value ?? DEFAULT_FIRST_MESSAGE;
    draft.firstMessageMode = 'assistant-speaks-first';
  },
  instructions: (draft, value) => assign(draft, 'scenarioIds', value),
  handoff_phone_number: (draft, value) => {
    if (value === undefined) delete draft.handoffDestination;
    else draft.handoffDestination = { type: 'number', number: value, e164CheckEnabled: true };
  },
  use_org_knowledgebase: (draft, value) => assign(draft, 'usesKnowledge', value),
  actionIds: (draft, value) => {
    assign(draft, 'usesAllTools', value ? undefined : true);
    if (!value || (!draft.brain && value.length === 0)) return;
    draft.brain = { ...(draft.brain ?? BLANK_BRAIN), toolIds: value };
  },
  interruptible: (draft, value) => {
    const dials = { ...draft.dials };
    assign(dials, 'interruptible', value === false ? false : undefined);
    assign(draft, 'dials', Object.keys(dials).length > 0 ? dials : undefined);
    // Here the caller may cut off the greeting too, which elsewhere is asked for by itself.
    draft.firstMessageInterruptionsEnabled = value !== false;
  },
  data_collection_fields: (draft, value) => {
    const { fields: _, ...rest } = draft.dataCollection ?? {};
    setDataCollection(draft, { ...rest, fields: value?.map((field) => ({ name: field })) ?? [] }, value);
  },
  data_collection_webhook_url: (draft, value) => {
    const { webhookUrl: _, ...rest } = draft.dataCollection ?? {};
    const fields = draft.dataCollection?.fields ?? [];
    setDataCollection(draft, { ...rest, fields, ...(value && { webhookUrl: value }) }, value);
  },
  custom_llm: (draft, value) => assign(draft, 'brain', withServer(draft.brain, value)),
  accent: (draft, value) => keep(draft, 'accent', value),
  flow: (draft, value) => keep(draft, 'flow', value),
  manual_mode: (draft, value) => keep(draft, 'manual_mode', value),
  model: (draft, value) => keep(draft, 'model', value),
};

export function toAgent(
  body: CreatePhoneAgentBody,
  { id, orgId, now }: { id: string; orgId: string; now: number },
): Agent {
  const fresh: Agent = {
    id,
    orgId,
    kind: 'inbound',
    firstMessage: DEFAULT_FIRST_MESSAGE,
    firstMessageMode: 'assistant-speaks-first',
    firstMessageInterruptionsEnabled: true,
    usesAllTools: true,
    dials: { ...IDLE_DIALS },
    extras: {},
    createdAt: now,
    updatedAt: now,
  };
  return withChanges(fresh, body, now);
}

/** The agent after a change: keys that are given replace, null resets to the default, all others stay. */
export function withChanges(agent: Agent, body: Body, now: number): Agent {
  const draft: Agent = { ...agent, extras: { ...agent.extras }, updatedAt: now };
  for (const [key, value] of Object.entries(body)) {
    const set = SETTERS[key as Key] as (draft: Agent, value: unknown) => void;
    set(draft, value ?? undefined);
  }
  return draft;
}

/** An id that the voice has already says nothing new, whoever's voice it is. */
function withVoiceId(
  voice: VoiceSettings | undefined,
  voiceId: string | undefined,
): VoiceSettings | undefined {
  if (voiceId !== undefined && voice?.voiceId === voiceId) return voice;
  const speed = voice?.speed;
  const pace = speed === undefined ? {} : { speed };
  if (voiceId !== undefined) return { provider: providerOfVoice(voiceId), voiceId, ...pace, settings: {} };
  return speed === undefined ? undefined : { provider: OWN_PROVIDER, ...pace, settings: {} };
}

function withSpeed(voice: VoiceSettings | undefined, speed: number | undefined): VoiceSettings | undefined {
  if (speed !== undefined) return { ...(voice ?? { provider: OWN_PROVIDER, settings: {} }), speed };
  if (!voice) return undefined;
  const { speed: _, ...rest } = voice;
  return isBare(rest) ? undefined : rest;
}

/** The offline transcriber hears English alone. For another language deepgram is asked, where there is a key for it. */
function withLanguage(
  transcriber: TranscriberSettings | undefined,
  language: string | undefined,
): TranscriberSettings | undefined {
  if (language !== undefined) {
    const provider = /^en\b/i.test(language) ? OWN_PROVIDER : 'deepgram';
    return { ...(transcriber ?? { provider, settings: {} }), language };
  }
  if (!transcriber) return undefined;
  const { language: _, ...rest } = transcriber;
  return isBare(rest) ? undefined : rest;
}

/** Whether settings say no more than their absence would. */
function isBare({ provider, settings, ...rest }: VoiceSettings | TranscriberSettings): boolean {
  return provider === OWN_PROVIDER && Object.keys(settings).length === 0 && Object.keys(rest).length === 0;
}

function withServer(brain: BrainSettings | undefined, url: string | undefined): BrainSettings | undefined {
  if (url !== undefined) {
    const current = brain ?? BLANK_BRAIN;
    return { ...current, provider: 'custom-llm', model: current.model ?? UNNAMED_MODEL, url };
  }
  if (brain?.provider !== 'custom-llm') return brain;
  const { url: _, headers: __, model: ___, ...rest } = brain;
  return { ...rest, provider: BLANK_BRAIN.provider };
}

/** @param value what was given: without it the collection ends where nothing is left of it. */
function setDataCollection(draft: Agent, next: DataCollection, value: unknown): void {
  const isEmpty = next.fields.length === 0 && next.webhookUrl === undefined;
  assign(draft, 'dataCollection', isEmpty && value === undefined ? undefined : next);
}
