import * as z from 'zod';
import { named } from '../components.ts';
import { anyObject } from '../fields.ts';
import { provide } from '../nesting.ts';
import { refuseStraySecrets } from '../servers/stray-secrets.ts';
import { transcriberSchema, transferModelSchema, voiceSchema } from './model-schema.ts';
import { startSpeakingPlanSchema } from './plan-schema.ts';

/** Who talks to the operator before a caller is joined: an assistant with fewer keys, and a model that it must have. */
const transferAssistantSchema = named(
  'TransferAssistant',
  z
    .strictObject({
      name: z.string().max(100).nullish(),
      model: transferModelSchema,
      voice: voiceSchema.nullish(),
      transcriber: transcriberSchema.nullish(),
      firstMessage: z.string().nullish(),
      firstMessageMode: z
        .enum([
          'assistant-speaks-first',
          'assistant-speaks-first-with-model-generated-message',
          'assistant-waits-for-user',
        ])
        .nullish(),
      maxDurationSeconds: z.number().min(10).max(43_200).nullish(),
      silenceTimeoutSeconds: z.number().min(5).max(3600).nullish(),
      startSpeakingPlan: startSpeakingPlanSchema.nullish(),
      backgroundSound: z.string().max(2048).nullish(),
      backgroundSpeechDenoisingPlan: anyObject().nullish(),
    })
    .superRefine(refuseStraySecrets(['model'])),
);

provide({ transferAssistantSchema });
