import * as z from 'zod';
import { named } from '../components.ts';
import { anyObject, instant, uuid } from '../fields.ts';
import { serverSchema } from '../servers/schema.ts';
import { modelSchema, transcriberSchema, voiceSchema } from './model-schema.ts';
import { keypadInputPlanSchema, startSpeakingPlanSchema, stopSpeakingPlanSchema } from './plan-schema.ts';

const MAX_LIST = 500;

const listOfObjects = () => z.array(anyObject()).max(MAX_LIST).nullish();
const listOfTexts = () => z.array(z.string().max(1000)).max(MAX_LIST).nullish();
const object = () => anyObject().nullish();
const flag = () => z.boolean().nullish();

/** Keys that have no meaning here yet: kept as they came and returned unchanged. */
export const keptKeys = {
  voicemailDetection: z.union([z.literal('off'), anyObject()]).nullish(),
  voicemailMessage: z.string().max(1000).nullish(),
  clientMessages: listOfTexts(),
  serverMessages: listOfTexts(),
  backgroundSound: z.string().max(2048).nullish(),
  modelOutputInMessagesEnabled: flag(),
  transportConfigurations: listOfObjects(),
  observabilityPlan: object(),
  hooks: listOfObjects(),
  compliancePlan: object(),
  backgroundSpeechDenoisingPlan: object(),
  analysisPlan: object(),
  monitorPlan: object(),
  credentialIds: listOfTexts(),
  // Gone from the vendor's schema, still accepted and returned by its servers.
  backchannelingEnabled: flag(),
  backgroundDenoisingEnabled: flag(),
};

/**
 * Finds `server.secret` where the vendor's schema has none and the exchange keeps objects as they came: there it
 * would be stored and returned in clear. Depth is capped where bodies are read.
 */
function* strayServerSecrets(value: unknown, path: PropertyKey[]): Generator<PropertyKey[]> {
  if (value === null || typeof value !== 'object') return;
  for (const [name, member] of Object.entries(value)) {
    const key = Array.isArray(value) ? Number(name) : name;
    if (key === 'server' && member instanceof Object && 'secret' in member) yield [...path, key];
    else yield* strayServerSecrets(member, [...path, key]);
  }
}

/** Keys under which a server's secret is known for one (`server`, `model.tools`), or that mean nothing (`metadata`). */
const SECRETS_KNOWN: ReadonlySet<string> = new Set(['server', 'metadata', 'credentials']);

function refuseStraySecrets(body: Record<string, unknown>, context: z.RefinementCtx): void {
  for (const [key, value] of Object.entries(body)) {
    if (SECRETS_KNOWN.has(key)) continue;
    for (const path of strayServerSecrets(value, [key])) {
      if (key === 'model' && path[1] === 'tools' && path.length === 4) continue;
      context.addIssue({ code: 'unrecognized_keys', keys: ['secret'], path, input: body });
    }
  }
}

/** The body of a create and of a change alike: every key may be left out, null unsets it. */
export const assistantBodySchema = named(
  'CreateAssistantDTO',
  z
    .strictObject({
      name: z.string().max(40).nullish(),
      firstMessage: z.string().nullish(),
      firstMessageMode: z
        .enum([
          'assistant-speaks-first',
          'assistant-speaks-first-with-model-generated-message',
          'assistant-waits-for-user',
        ])
        .nullish(),
      firstMessageInterruptionsEnabled: flag(),
      model: modelSchema.nullish(),
      voice: voiceSchema.nullish(),
      transcriber: transcriberSchema.nullish(),
      endCallMessage: z.string().max(1000).nullish(),
      endCallPhrases: z.array(z.string().min(2).max(140)).max(MAX_LIST).nullish(),
      maxDurationSeconds: z.number().min(10).max(43_200).nullish(),
      // Left the published schema, yet every client sends it.
      silenceTimeoutSeconds: z.number().min(5).max(3600).nullish(),
      startSpeakingPlan: startSpeakingPlanSchema.nullish(),
      stopSpeakingPlan: stopSpeakingPlanSchema.nullish(),
      keypadInputPlan: keypadInputPlanSchema.nullish(),
      artifactPlan: z.looseObject({ recordingEnabled: flag() }).nullish(),
      server: serverSchema.nullish(),
      metadata: object(),
      credentials: z
        .array(
          z.looseObject({
            provider: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9.-]{0,99}$/),
            name: z.string().max(40).nullish(),
          }),
        )
        .max(MAX_LIST)
        .nullish()
        .meta({ description: 'Of each credential only provider and name are returned.' }),
      ...keptKeys,
    })
    .superRefine(refuseStraySecrets),
);

export const assistantSchema = named(
  'Assistant',
  z.object({
    ...assistantBodySchema.shape,
    server: serverSchema.omit({ secret: true }).optional(),
    id: uuid(),
    orgId: uuid(),
    createdAt: instant(),
    updatedAt: instant(),
  }),
);

export type AssistantBody = z.output<typeof assistantBodySchema>;
