import * as z from 'zod';
import { pageSchema } from '../../server/pages.ts';
import { named } from '../components.ts';
import { description, idText, label, serverUrl, tags } from '../fields.ts';

const MAX_COLLECTED_FIELDS = 100;
const MAX_CONTEXT_KEYS = 100;
const MAX_NAME_LENGTH = 200;

/** One thing to ask the caller for: its name alone, or Vocode's whole form of it. */
const collectFieldSchema = z.union([
  z.string().min(1).max(MAX_NAME_LENGTH),
  z.object({
    field_type: z.string().max(MAX_NAME_LENGTH).nullish(),
    label: label().nullish(),
    name: z.string().min(1).max(MAX_NAME_LENGTH),
    description: description().nullish(),
  }),
]);

const promptTemplateSchema = z.object({
  id: idText().nullish(),
  label: label().nullish(),
  required_context_keys: z.array(z.string().max(MAX_NAME_LENGTH)).max(MAX_CONTEXT_KEYS).nullish(),
});

export const promptBodySchema = named(
  'PromptBody',
  z.object({
    label: label().nullish(),
    description: description().nullish(),
    content: z.string().nullish(),
    context_endpoint: serverUrl().nullish(),
    collect_fields: z.array(collectFieldSchema).max(MAX_COLLECTED_FIELDS).nullish(),
    type: z.enum(['prompt', 'block']).nullish(),
    tags: tags().nullish(),
    prompt_template: z.union([idText(), promptTemplateSchema]).nullish(),
  }),
);

export type PromptBody = z.output<typeof promptBodySchema>;

/** What is shown: the body's keys, and whose it is. */
export const promptSchema = named(
  'PromptDto',
  z.looseObject({ id: z.string(), user_id: z.string(), content: z.string() }),
);

export const promptPageSchema = named('PromptPage', pageSchema(promptSchema));
