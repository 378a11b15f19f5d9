import * as z from 'zod';
import { named } from '../components.ts';
import { anyObject, uuid } from '../fields.ts';
import { nestedSchema } from '../nesting.ts';
import { serverSchema } from '../servers/schema.ts';
import { MAX_DESCRIPTION_LENGTH, spokenSchema } from './schema.ts';

const MAX_NAME_LENGTH = 200;
const MAX_CONTEXT_MESSAGES = 10_000;

const contextPlanSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('lastNMessages'),
    maxMessages: z.number().min(0).max(MAX_CONTEXT_MESSAGES),
  }),
  z.strictObject({
    type: z.enum(['none', 'all', 'userAndAssistantMessages', 'previousAssistantMessages']),
  }),
]);

const name = () => z.string().min(1).max(MAX_NAME_LENGTH).nullish();
const description = () => z.string().max(MAX_DESCRIPTION_LENGTH).nullish();

/** The older form of a transfer tool and the newer one of a handoff, which differ in a few keys only. */
export const assistantDestinationSchema = named(
  'HandoffDestinationAssistant',
  z
    .strictObject({
      type: z.literal('assistant'),
      assistantName: name(),
      assistantId: uuid().nullish(),
      assistant: nestedSchema('assistantSchema').nullish(),
      assistantOverrides: nestedSchema('overridesSchema').nullish(),
      message: spokenSchema.nullish(),
      description: description(),
      transferMode: z
        .enum([
          'rolling-history',
          'swap-system-message-in-history',
          'swap-system-message-in-history-and-remove-transfer-tool-messages',
          'delete-history',
        ])
        .nullish(),
      contextEngineeringPlan: contextPlanSchema.nullish(),
      variableExtractionPlan: anyObject().nullish(),
    })
    .superRefine(({ assistantName, assistantId, assistant }, context) => {
      if (assistantName || assistantId || assistant) return;
      context.addIssue({ code: 'custom', path: ['assistantName'], message: 'must be a string' });
    }),
);

const squadDestinationSchema = named(
  'HandoffDestinationSquad',
  z
    .strictObject({
      type: z.literal('squad'),
      squadId: uuid().nullish(),
      squad: nestedSchema('squadSchema').nullish(),
      entryAssistantName: name(),
      squadOverrides: nestedSchema('overridesSchema').nullish(),
      description: description(),
      contextEngineeringPlan: contextPlanSchema.nullish(),
      variableExtractionPlan: anyObject().nullish(),
    })
    .superRefine(({ squadId, squad }, context) => {
      if (squadId || squad) return;
      context.addIssue({ code: 'custom', path: ['squadId'], message: 'must be a UUID' });
    }),
);

const dynamicDestinationSchema = named(
  'HandoffDestinationDynamic',
  z.strictObject({
    type: z.literal('dynamic'),
    server: serverSchema.nullish(),
    description: description(),
  }),
);

/** Whom a customer's server may name when it is asked. */
export const agentDestinationSchema = z.discriminatedUnion('type', [
  assistantDestinationSchema,
  squadDestinationSchema,
]);

export const handoffDestinationSchema = z.discriminatedUnion('type', [
  assistantDestinationSchema,
  squadDestinationSchema,
  dynamicDestinationSchema,
]);

export type AgentDestinationBody = z.output<typeof agentDestinationSchema>;
export type HandoffDestinationBody = z.output<typeof handoffDestinationSchema>;
