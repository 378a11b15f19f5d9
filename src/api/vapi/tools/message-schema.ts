import * as z from 'zod';
import { spokenKeys } from '../destinations/schema.ts';

const MAX_CONDITIONS = 100;
const MAX_MESSAGES = 100;
const MAX_TEXT_LENGTH = 1000;

const shared = {
  ...spokenKeys,
  conditions: z
    .array(
      z.strictObject({
        operator: z.enum(['eq', 'neq', 'gt', 'gte', 'lt', 'lte']),
        param: z.string().max(MAX_TEXT_LENGTH),
        // Text in the vendor's schema; arguments are of any kind, so clients send numbers too.
        value: z.union([z.string().max(MAX_TEXT_LENGTH), z.number(), z.boolean()]),
      }),
    )
    .max(MAX_CONDITIONS)
    .nullish(),
};

const outcome = {
  ...shared,
  role: z.enum(['assistant', 'system']).nullish(),
  endCallAfterSpokenEnabled: z.boolean().nullish(),
};

/** What the agent says before, while and after a tool runs. */
export const toolMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('request-start'), ...shared, blocking: z.boolean().nullish() }),
  z.strictObject({ type: z.literal('request-complete'), ...outcome }),
  z.strictObject({ type: z.literal('request-failed'), ...outcome }),
  z.strictObject({
    type: z.literal('request-response-delayed'),
    ...shared,
    timingMilliseconds: z.number().min(100).max(120_000).nullish(),
  }),
]);

export const toolMessagesSchema = z.array(toolMessageSchema).max(MAX_MESSAGES);

export type ToolMessageBody = z.output<typeof toolMessageSchema>;
