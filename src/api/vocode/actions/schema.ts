import * as z from 'zod';
import { flag, given, identityShape, serverUrl } from '../fields.ts';
import { named, perRevision } from '../revision.ts';

const MAX_PHRASES = 100;
const MAX_PHRASE_LENGTH = 500;
const MAX_NAME_LENGTH = 200;
/** Longest SIP URI taken, in characters; with it every request still fits a UDP packet. */
const MAX_ADDRESS_LENGTH = 300;

/** Whom to reach: digits with or without a plus, or a SIP URI; it is written into a header. */
const address = z
  .string()
  .min(1)
  .max(MAX_ADDRESS_LENGTH)
  .refine(
    (text) => /^sips?:[^\s<>"\0-\x1f\x7f]+$/i.test(text) || /^\+?[\d\s().*#-]*\d[\d\s().*#-]*$/.test(text),
    {
      message: 'must be a phone number or a SIP URI',
    },
  );

const empty = z.object({});
/** One page of the vendor's calls the number `transfer_phone_number`. */
const transferConfig = z.preprocess(
  (value) => {
    const { transfer_phone_number: alias, ...rest } = (value ?? {}) as Record<string, unknown>;
    return alias === undefined || typeof value !== 'object' ? value : { phone_number: alias, ...rest };
  },
  z.object({ phone_number: address }),
);
const conferenceConfig = z.object({ phone_number: address, place_primary_on_hold: flag().default(true) });
const externalConfig = z.object({
  processing_mode: z.literal('muted').default('muted'),
  name: z.string().min(1).max(MAX_NAME_LENGTH),
  description: z.string(),
  url: serverUrl(),
  input_schema: z.record(z.string(), z.unknown()),
  speak_on_send: flag(),
  speak_on_receive: flag(),
  signature_secret: z.string().optional().meta({ readOnly: true }),
});

const byModel = z.object({
  type: z.literal('action_trigger_function_call'),
  config: empty.default({}),
});
const phraseTrigger = z.object({
  phrase: z.string().min(1).max(MAX_PHRASE_LENGTH),
  conditions: z.array(z.literal('phrase_condition_type_contains')),
});
const byPhrase = z.object({
  type: z.literal('action_trigger_phrase_based'),
  config: z.object({ phrase_triggers: z.array(phraseTrigger).max(MAX_PHRASES) }),
});
const anyTrigger = z.discriminatedUnion('type', [byModel, byPhrase]);

/** What a type of action is made of: its config, which some cannot be without, and how it may be set off. */
function paramsOf<T extends string, C extends z.ZodType, G extends z.ZodType>(
  type: T,
  config: C,
  trigger: G,
) {
  return z.object({ type: z.literal(type), config, action_trigger: trigger.optional() });
}

function updateOf<T extends string, C extends z.ZodType, G extends z.ZodType>(
  type: T,
  config: C,
  trigger: G,
) {
  return z.object({ type: z.literal(type), config: given(config), action_trigger: given(trigger) });
}

const optionalEmpty = empty.optional();

export const actionSchemas = perRevision((revision) => {
  const params = z.discriminatedUnion('type', [
    paramsOf('action_transfer_call', transferConfig, anyTrigger),
    paramsOf('action_end_conversation', optionalEmpty, anyTrigger),
    paramsOf('action_dtmf', optionalEmpty, byModel),
    paramsOf('action_add_to_conference', conferenceConfig, anyTrigger),
    paramsOf('action_set_hold', optionalEmpty, anyTrigger),
    paramsOf('action_external', externalConfig, byModel),
  ]);
  const update = z.discriminatedUnion('type', [
    updateOf('action_transfer_call', transferConfig, anyTrigger),
    updateOf('action_end_conversation', empty, anyTrigger),
    updateOf('action_dtmf', empty, byModel),
    updateOf('action_add_to_conference', conferenceConfig, anyTrigger),
    updateOf('action_set_hold', empty, anyTrigger),
    updateOf('action_external', externalConfig, byModel),
  ]);
  const shownMembers = params.options.map((option) => z.object({ ...identityShape, ...option.shape }));
  return {
    params: named(revision, 'ActionParamsRequest', params),
    update: named(revision, 'ActionUpdateParamsRequest', update),
    shown: named(revision, 'ActionResponseModel', z.union(shownMembers)),
  };
});

type Schemas = ReturnType<typeof actionSchemas>;
export type ActionParams = z.output<Schemas['params']>;
export type ActionUpdateParams = z.output<Schemas['update']>;
export type ActionType = ActionParams['type'];
