import * as z from 'zod';
import { isE164Number } from '../../../domain/numbers/e164.ts';
import { named } from '../components.ts';
import { headerText, instant, serverUrl, uuid } from '../fields.ts';

const MAX_NAME_LENGTH = 255;
const MAX_FIRST_MESSAGE_LENGTH = 10_000;
const MAX_VOICE_ID_LENGTH = 200;
const MAX_ACCENT_LENGTH = 100;
const MAX_IDS = 200;
const MAX_ID_LENGTH = 200;
const MAX_COLLECTED_FIELDS = 100;
const MAX_COLLECTED_NAME_LENGTH = 200;
/** The pace that the voices of the exchange can speak at; 1 is their own. */
const SLOWEST = 0.5;
const FASTEST = 2;
/** A language tag (RFC 5646) such as `en` or `pt-BR`; the vendor also has `multi`. */
const LANGUAGE = /^[a-z]{2,8}([-_][a-z0-9]{1,8}){0,3}$/i;

export const e164 = () =>
  z.string().max(40).refine(isE164Number, { message: 'must be a phone number in the E.164 format' });

const ids = () => z.array(z.string().max(MAX_ID_LENGTH)).max(MAX_IDS);

/** What the vendor calls its generations of voice agents. It changes nothing here. */
export const PHONE_MODELS = ['oppie-vox', 'oppie-vox-turbo', 'oppie-vox-2', 'oppie-vox-livekit'] as const;

/** Keys that can be changed: the nine of the current document, and those of its older ones that the reply still has. */
const changeable = {
  type: z.enum(['inbound', 'outbound']).optional(),
  voice_id: headerText(MAX_VOICE_ID_LENGTH).min(1).nullish(),
  language: z.string().regex(LANGUAGE).nullish(),
  first_message: z.string().max(MAX_FIRST_MESSAGE_LENGTH).nullish(),
  instructions: ids().nullish().meta({ description: 'Ids of training scenarios.' }),
  handoff_phone_number: e164().nullish(),
  use_org_knowledgebase: z.boolean().nullish(),
  actionIds: ids().nullish().meta({ description: 'null: all actions of the org; an empty list: none.' }),
  accent: z.string().max(MAX_ACCENT_LENGTH).nullish(),
  speed: z.number().min(SLOWEST).max(FASTEST).nullish(),
  interruptible: z.boolean().nullish(),
  data_collection_fields: z
    .array(z.string().min(1).max(MAX_COLLECTED_NAME_LENGTH))
    .max(MAX_COLLECTED_FIELDS)
    .nullish(),
  data_collection_webhook_url: serverUrl().nullish(),
  flow: z.unknown().optional(),
  manual_mode: z.boolean().nullish(),
  custom_llm: serverUrl().nullish().meta({ description: 'Base URL of an OpenAI-compatible server.' }),
};

const name = () => z.string().min(1).max(MAX_NAME_LENGTH);

export const createPhoneAgentSchema = named(
  'CreatePhoneAgentPublicDto',
  z.strictObject({ name: name(), model: z.enum(PHONE_MODELS).optional(), ...changeable }),
);

/** `model` is missing: the vendor fixes it when the agent is made. */
export const updatePhoneAgentSchema = named(
  'UpdatePhoneAgentPublicDto',
  z.strictObject({ name: name().optional(), ...changeable }),
);

export const phoneAgentSchema = named(
  'PhoneAgent',
  z.object({
    id: uuid(),
    org_id: uuid(),
    phone_number: z.string().nullable(),
    name: z.string().nullable(),
    type: z.enum(['inbound', 'outbound']),
    language: z.string().nullable(),
    accent: z.string().nullable(),
    handoff_phone_number: z.string().nullable(),
    speed: z.number().nullable(),
    interruptible: z.boolean(),
    actionIds: z.array(z.string()).nullable(),
    instructions: z.array(z.string()).nullable(),
    data_collection_fields: z.array(z.string()).nullable(),
    data_collection_webhook_url: z.string().nullable(),
    model: z.enum(PHONE_MODELS),
    voice_id: z.string().nullable(),
    first_message: z.string().nullable(),
    created_at: instant(),
    updated_at: instant(),
    provider_external_id: z.string().nullable(),
    flow: z.unknown(),
    manual_mode: z.boolean(),
    custom_llm: z.string().nullable(),
    use_org_knowledgebase: z.boolean(),
  }),
);

export type PhoneModel = (typeof PHONE_MODELS)[number];
export type CreatePhoneAgentBody = z.output<typeof createPhoneAgentSchema>;
export type UpdatePhoneAgentBody = z.output<typeof updatePhoneAgentSchema>;
export type PhoneAgentReply = z.output<typeof phoneAgentSchema>;
