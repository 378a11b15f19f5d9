import type {
  Agent,
  AgentOverrides,
  EndpointingRule,
  StartSpeakingPlan,
  VoicemailDetection,
} from '../../../domain/agents/agent.ts';
import { newId } from '../../../lib/ids.ts';
import { Secret } from '../../../lib/secret.ts';
import { assign, compact } from '../fields.ts';
import { type Origin, provide } from '../nesting.ts';
import { toServer } from '../servers/to-domain.ts';
import { toTool } from '../tools/to-domain.ts';
import { toBrain, toTranscriber, toVoice } from './model-to-domain.ts';
import type { EndpointingRuleBody, StartSpeakingPlanBody } from './plan-schema.ts';
import { type AssistantBody, keptKeys, type OverridesBody } from './schema.ts';

type Key = Exclude<keyof AssistantBody, keyof typeof keptKeys>;
/** `twin` is the agent that the draft replaces; see `toServer` for what its servers keep. */
type Setter<K extends Key> = (
  draft: Agent,
  value: NonNullable<AssistantBody[K]> | undefined,
  twin: Agent,
) => void;

/** What each key with a meaning does to an agent; undefined unsets. */
const SETTERS: { [K in Key]-?: Setter<K> } = {
  name: (draft, value) => assign(draft, 'name', value),
  firstMessage: (draft, value) => assign(draft, 'firstMessage', value),
  firstMessageMode: (draft, value) => assign(draft, 'firstMessageMode', value),
  firstMessageInterruptionsEnabled: (draft, value) =>
    assign(draft, 'firstMessageInterruptionsEnabled', value),
  model: (draft, value, twin) => {
    const origin = { orgId: draft.orgId, now: draft.updatedAt };
    assign(draft, 'brain', value && toBrain(value, origin, twin.brain));
  },
  voice: (draft, value) => assign(draft, 'voice', value && toVoice(value)),
  transcriber: (draft, value) => assign(draft, 'transcriber', value && toTranscriber(value)),
  endCallMessage: (draft, value) => assign(draft, 'endCallMessage', value),
  endCallPhrases: (draft, value) => assign(draft, 'endCallPhrases', value),
  voicemailDetection: (draft, value) =>
    assign(draft, 'voicemailDetection', value && toVoicemailDetection(value)),
  voicemailMessage: (draft, value) => assign(draft, 'voicemailMessage', value),
  maxDurationSeconds: (draft, value) => assign(draft, 'maxDurationSeconds', value),
  silenceTimeoutSeconds: (draft, value) => assign(draft, 'silenceTimeoutSeconds', value),
  startSpeakingPlan: (draft, value) =>
    assign(draft, 'startSpeakingPlan', value && toStartSpeakingPlan(value)),
  stopSpeakingPlan: (draft, value) => assign(draft, 'stopSpeakingPlan', value && compact(value)),
  keypadInputPlan: (draft, value) => assign(draft, 'keypadInputPlan', value && compact(value)),
  artifactPlan: (draft, value) => {
    const { recordingEnabled, ...rest } = value ?? {};
    assign(draft, 'recordingEnabled', recordingEnabled);
    keep(
      draft,
      'artifactPlan',
      value && (Object.keys(rest).length > 0 || recordingEnabled == null) ? rest : undefined,
    );
  },
  server: (draft, value, twin) => assign(draft, 'server', value && toServer(value, twin.server)),
  serverMessages: (draft, value) => assign(draft, 'serverMessages', value),
  monitorPlan: (draft, value) => {
    const { monitorIds, ...plan } = compact(value ?? {});
    assign(draft, 'monitorPlan', value && plan);
    keep(draft, 'monitorPlan', monitorIds && { monitorIds });
  },
  credentialIds: (draft, value) => assign(draft, 'credentialIds', value),
  metadata: (draft, value) => assign(draft, 'metadata', value),
  credentials: (draft, value) => {
    assign(draft, 'vendorKeys', value && toVendorKeys(value));
    keep(
      draft,
      'credentials',
      value?.map(({ provider, name }) => compact({ provider, name })),
    );
  },
};

/** @param twin the agent that this one replaces, where it is given in place and not changed. */
export function toAgent(
  body: AssistantBody,
  identity: { id: string; orgId: string; now: number },
  twin?: Agent,
): Agent {
  const { id, orgId, now } = identity;
  const blank: Agent = { id, orgId, extras: {}, createdAt: now, updatedAt: now };
  return withChanges(blank, body, now, twin);
}

/** The agent after a change: keys that are given replace, null unsets, all others stay. */
export function withChanges(agent: Agent, body: AssistantBody, now: number, twin = agent): Agent {
  const draft: Agent = { ...agent, extras: { ...agent.extras }, updatedAt: now };
  for (const [key, value] of Object.entries(body)) {
    if (Object.hasOwn(keptKeys, key)) keep(draft, key, value);
    else {
      const set = SETTERS[key as Key] as (draft: Agent, value: unknown, twin: Agent) => void;
      set(draft, value ?? undefined, twin);
    }
  }
  return draft;
}

/** @param twin the overrides that these replace. */
export function toOverrides(body: OverridesBody, origin: Origin, twin?: AgentOverrides): AgentOverrides {
  const { variableValues, 'tools:append': appended, ...rest } = compact(body);
  const identity = { id: newId(origin.now), ...origin };
  const laidOver = { ...toAgent({}, identity), ...twin?.fields };
  const {
    id: _,
    orgId: __,
    createdAt: ___,
    updatedAt: ____,
    extras,
    ...fields
  } = toAgent(rest, identity, laidOver);
  return {
    fields,
    ...(extras.vapi && { extras }),
    ...compact({
      variables: variableValues,
      appendedTools: appended?.map((tool, index) => toTool(tool, origin, twin?.appendedTools?.[index])),
    }),
  };
}

provide({
  toAgent: (body, origin) => toAgent(body as AssistantBody, { id: newId(origin.now), ...origin }),
  toOverrides: (body, origin) => toOverrides(body as OverridesBody, origin),
});

function keep(draft: Agent, key: string, value: unknown): void {
  const kept: Record<string, unknown> = { ...draft.extras.vapi };
  assign(kept, key, value);
  assign(draft.extras, 'vapi', Object.keys(kept).length > 0 ? kept : undefined);
}

function toVoicemailDetection(
  body: NonNullable<AssistantBody['voicemailDetection']>,
): VoicemailDetection | 'off' {
  if (body === 'off') return body;
  const { provider, type, beepMaxAwaitSeconds, backoffPlan, ...settings } = body;
  return {
    provider,
    ...compact({ type, beepMaxAwaitSeconds }),
    ...(backoffPlan && { backoffPlan: compact(backoffPlan) }),
    settings,
  };
}

function toStartSpeakingPlan(body: StartSpeakingPlanBody): StartSpeakingPlan {
  const { waitSeconds, customEndpointingRules, transcriptionEndpointingPlan, ...smartKeys } = compact(body);
  const delays = compact(transcriptionEndpointingPlan ?? {});
  const emptyPlan = transcriptionEndpointingPlan && Object.keys(delays).length === 0;
  const smart = { ...smartKeys, ...(emptyPlan && { transcriptionEndpointingPlan: {} }) };
  return {
    ...compact({ waitSeconds }),
    ...delays,
    ...(customEndpointingRules && { customEndpointingRules: customEndpointingRules.map(toRule) }),
    ...(Object.keys(smart).length > 0 && { smart }),
  };
}

function toRule(body: EndpointingRuleBody): EndpointingRule {
  return body.type === 'both' ? compact(body) : compact(body);
}

/** Every secret of a credential: its key under the provider's name, anything else under `<provider>:<field>`. */
function toVendorKeys(credentials: NonNullable<AssistantBody['credentials']>): Record<string, Secret> {
  const keys: Record<string, Secret> = {};
  for (const { provider, name: _, ...fields } of credentials) {
    for (const [field, value] of Object.entries(compact(fields))) {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      keys[field === 'apiKey' ? provider : `${provider}:${field}`] = new Secret(text);
    }
  }
  return keys;
}
