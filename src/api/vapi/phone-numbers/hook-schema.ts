import * as z from 'zod';
import { named } from '../components.ts';
import { destinationSchema } from '../destinations/schema.ts';

const MAX_HOOKS = 50;
const MAX_FILTERS = 50;
const MAX_FILTER_VALUES = 500;

const actionSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('say'), exact: z.string().max(4000) }),
  z.strictObject({ type: z.literal('transfer'), destination: destinationSchema.nullish() }),
]);

const ringingHookSchema = named(
  'PhoneNumberHookCallRinging',
  z.strictObject({
    on: z.literal('call.ringing'),
    filters: z
      .array(
        z.strictObject({
          type: z.literal('startsWith'),
          key: z.literal('number'),
          startsWith: z.array(z.string().max(20)).max(MAX_FILTER_VALUES),
        }),
      )
      .max(MAX_FILTERS)
      .nullish(),
    do: z.array(actionSchema).max(MAX_HOOKS),
  }),
);

const endingHookSchema = named(
  'PhoneNumberHookCallEnding',
  z.strictObject({
    on: z.literal('call.ending'),
    filters: z
      .array(
        z.strictObject({
          type: z.literal('oneOf'),
          key: z.literal('call.endedReason'),
          oneOf: z
            .array(
              z.enum([
                'assistant-request-failed',
                'assistant-request-returned-error',
                'assistant-request-returned-unspeakable-error',
                'assistant-request-returned-invalid-assistant',
                'assistant-request-returned-no-assistant',
                'assistant-request-returned-forwarding-phone-number',
              ]),
            )
            .max(MAX_FILTER_VALUES),
        }),
      )
      .max(MAX_FILTERS)
      .nullish(),
    // One action in the vendor's schema, a list in its other hooks: clients send both.
    do: z.union([actionSchema, z.array(actionSchema).max(MAX_HOOKS)]).nullish(),
  }),
);

export const hooksSchema = z
  .array(z.discriminatedUnion('on', [ringingHookSchema, endingHookSchema]))
  .max(MAX_HOOKS);

export type HookBody = z.output<typeof hooksSchema>[number];
export type HookActionBody = z.output<typeof actionSchema>;
