import * as z from 'zod';
import { named } from '../components.ts';
import { anyObject, instant, uuid } from '../fields.ts';
import { provide } from '../nesting.ts';
import { serverSchema } from '../servers/schema.ts';
import { refuseStraySecrets } from '../servers/stray-secrets.ts';
import { toolSchema } from '../tools/schema.ts';
import { modelSchema, transcriberSchema, voiceSchema } from './model-schema.ts';
import { keypadInputPlanSchema, startSpeakingPlanSchema, stopSpeakingPlanSchema } from './plan-schema.ts';

const MAX_LIST = 500;
const MAX_ID_LENGTH = 200;

/** Keys whose own schema knows a server's secret for one, or whose content means nothing. */
const SECRETS_KNOWN = ['server', 'metadata', 'credentials', 'model', 'tools:append'];

const listOfObjects = () => z.array(anyObject()).max(MAX_LIST).nullish();
const listOfTexts = () => z.array(z.string().max(1000)).max(MAX_LIST).nullish();
const object = () => anyObject().nullish();
const flag = () => z.boolean().nullish();

/** Keys that have no meaning here yet: kept as they came and returned unchanged. */
export const keptKeys = {
  clientMessages: listOfTexts(),
  backgroundSound: z.string().max(2048).nullish(),
  modelOutputInMessagesEnabled: flag(),
  transportConfigurations: listOfObjects(),
  observabilityPlan: object(),
  hooks: listOfObjects(),
  compliancePlan: object(),
  backgroundSpeechDenoisingPlan: object(),
  analysisPlan: object(),
  // Gone from the vendor's schema, still accepted and returned by its servers.
  backchannelingEnabled: flag(),
  backgroundDenoisingEnabled: flag(),
};

/** Kinds of messages that a customer's server may ask for. */
const SERVER_MESSAGES = [
  'assistant.started',
  'assistant.speechStarted',
  'conversation-update',
  'end-of-call-report',
  'function-call',
  'hang',
  'language-changed',
  'language-change-detected',
  'model-output',
  'phone-call-control',
  'speech-update',
  'status-update',
  'transcript',
  'transcript[transcriptType="final"]',
  'tool-calls',
  'transfer-destination-request',
  'handoff-destination-request',
  'transfer-update',
  'user-interrupted',
  'voice-input',
  'chat.created',
  'chat.deleted',
  'session.created',
  'session.updated',
  'session.deleted',
  'call.deleted',
  'call.delete.failed',
  'call.artifact.upload',
  // Went with the workflows, and stands in stored assistants.
  'workflow.node.started',
] as const;

const voicemailDetectionSchema = z.looseObject({
  provider: z.enum(['google', 'openai', 'twilio', 'vapi']),
  type: z.enum(['audio', 'transcript']).nullish(),
  // The document's text and its schema differ on the maximum.
  beepMaxAwaitSeconds: z.number().min(0).max(60).nullish(),
  backoffPlan: z
    .strictObject({
      startAtSeconds: z.number().min(0).nullish(),
      frequencySeconds: z.number().min(2.5).nullish(),
      maxRetries: z.number().min(1).max(10).nullish(),
    })
    .nullish(),
});

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
      voicemailDetection: z.union([z.literal('off'), voicemailDetectionSchema]).nullish(),
      voicemailMessage: z.string().max(1000).nullish(),
      maxDurationSeconds: z.number().min(10).max(43_200).nullish(),
      // Left the published schema, yet every client sends it.
      silenceTimeoutSeconds: z.number().min(5).max(3600).nullish(),
      startSpeakingPlan: startSpeakingPlanSchema.nullish(),
      stopSpeakingPlan: stopSpeakingPlanSchema.nullish(),
      keypadInputPlan: keypadInputPlanSchema.nullish(),
      artifactPlan: z.looseObject({ recordingEnabled: flag() }).nullish(),
      server: serverSchema.nullish(),
      serverMessages: z.array(z.enum(SERVER_MESSAGES)).max(MAX_LIST).nullish(),
      monitorPlan: z
        .strictObject({
          listenEnabled: flag(),
          listenAuthenticationEnabled: flag(),
          controlEnabled: flag(),
          controlAuthenticationEnabled: flag(),
          monitorIds: listOfTexts(),
        })
        .nullish(),
      credentialIds: z.array(z.string().max(MAX_ID_LENGTH)).max(MAX_LIST).nullish(),
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
    .superRefine(refuseStraySecrets(SECRETS_KNOWN)),
);

/** What is laid over an assistant for one call or in one squad. */
export const overridesSchema = named(
  'AssistantOverrides',
  z
    .strictObject({
      ...assistantBodySchema.shape,
      // Anew in each schema: a part that two of them shared would stand without a name in the OpenAPI document.
      model: modelSchema.nullish(),
      variableValues: object(),
      'tools:append': z.array(toolSchema).max(MAX_LIST).nullish(),
    })
    .superRefine(refuseStraySecrets([...SECRETS_KNOWN, 'variableValues'])),
);

provide({ assistantSchema: assistantBodySchema, overridesSchema });

export const assistantSchema = named(
  'Assistant',
  z.object({
    ...assistantBodySchema.shape,
    model: modelSchema.nullish(),
    server: serverSchema.omit({ secret: true }).optional(),
    id: uuid(),
    orgId: uuid(),
    createdAt: instant(),
    updatedAt: instant(),
  }),
);

export type AssistantBody = z.output<typeof assistantBodySchema>;
export type OverridesBody = z.output<typeof overridesSchema>;
