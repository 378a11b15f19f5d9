import * as z from 'zod';
import { pageSchema } from '../../server/pages.ts';
import { named } from '../components.ts';
import { anyObject, description, headerText, label, phoneNumber, serverUrl } from '../fields.ts';

const MAX_PHRASES = 100;
const MAX_PHRASE_LENGTH = 500;
const MAX_NAME_LENGTH = 200;
const MAX_MODE_LENGTH = 50;
const MAX_SIP_URI_LENGTH = 300;

export const ACTION_TYPES = [
  'action_transfer_call',
  'action_end_conversation',
  'action_dtmf',
  'action_add_to_conference',
  'action_set_hold',
  'action_warm_transfer',
  'action_external',
] as const;

export type ActionType = (typeof ACTION_TYPES)[number];

const sipUri = () =>
  headerText(MAX_SIP_URI_LENGTH).refine((text) => /^sips?:[^\s<>"]+$/i.test(text), {
    message: 'must be a SIP URI, such as sip:user@host',
  });

/** Whom to reach; one page of the vendor's calls it `transfer_phone_number`. */
const reached = {
  phone_number: z.union([phoneNumber(), sipUri()]).nullish(),
  transfer_phone_number: z.union([phoneNumber(), sipUri()]).nullish(),
};

const configSchema = z.object({
  ...reached,
  place_primary_on_hold: z.boolean().nullish(),
  name: z.string().min(1).max(MAX_NAME_LENGTH).nullish(),
  description: description().nullish(),
  url: serverUrl().nullish(),
  input_schema: anyObject().nullish(),
  speak_on_send: z.boolean().nullish(),
  speak_on_receive: z.boolean().nullish(),
  processing_mode: z.string().max(MAX_MODE_LENGTH).nullish(),
});

export type ActionConfig = z.output<typeof configSchema>;

const phraseTriggerSchema = z.object({
  phrase: z.string().min(1).max(MAX_PHRASE_LENGTH),
  conditions: z.array(z.literal('phrase_condition_type_contains')).max(10).nullish(),
});

const triggerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('action_trigger_function_call'), config: anyObject().nullish() }),
  z.object({
    type: z.literal('action_trigger_phrase_based'),
    config: z.object({ phrase_triggers: z.array(phraseTriggerSchema).min(1).max(MAX_PHRASES) }),
  }),
]);

export type ActionTrigger = z.output<typeof triggerSchema>;

const keys = {
  type: z.enum(ACTION_TYPES),
  config: configSchema.nullish(),
  label: label().nullish(),
  description: description().nullish(),
  action_trigger: triggerSchema.nullish(),
};

export const createActionSchema = named('CreateActionBody', z.object(keys));

export const updateActionSchema = named(
  'UpdateActionBody',
  z.object({ ...keys, type: keys.type.optional() }),
);

export type ActionBody = z.output<typeof updateActionSchema>;

export const actionSchema = named(
  'ActionDto',
  z.looseObject({
    id: z.string(),
    user_id: z.string(),
    type: z.enum(ACTION_TYPES),
    config: anyObject(),
    action_trigger: anyObject(),
  }),
);

export const actionPageSchema = named('ActionPage', pageSchema(actionSchema));
