import * as z from 'zod';
import { clearable, given, identityShape, nested, serverUrl, uuid } from '../fields.ts';
import { named, perRevision } from '../revision.ts';

const MAX_FIELDS = 100;
const MAX_KEYS = 1000;

const collectField = z.object({
  field_type: z.literal('field_type_email'),
  label: z.string(),
  name: z.string(),
  description: z.string().nullish(),
});
const collectFields = z.array(collectField).max(MAX_FIELDS);

const template = z.object({
  id: uuid(),
  user_id: uuid(),
  label: z.string().default(''),
  required_context_keys: z.array(z.string()).max(MAX_KEYS),
});
const templateSlot = z.union([uuid(), template]);

const paramsShape = {
  content: z.string().default(''),
  collect_fields: collectFields.nullish(),
  context_endpoint: serverUrl().nullish(),
  prompt_template: templateSlot.nullish(),
};

export const promptSchemas = perRevision((revision) => {
  const updateShape = {
    content: given(z.string()),
    collect_fields: clearable(revision, collectFields),
    context_endpoint: clearable(revision, serverUrl()),
    prompt_template: clearable(revision, templateSlot),
  };
  return {
    /** In place of an agent's prompt. */
    inline: nested(paramsShape),
    params: named(revision, 'PromptParams', z.object(paramsShape)),
    update: named(revision, 'PromptUpdateParams', nested(updateShape)),
    shown: named(
      revision,
      'Prompt',
      z.object({ ...identityShape, ...paramsShape, prompt_template: template.nullish() }),
    ),
    listed: named(
      revision,
      'NormalizedPrompt',
      z.object({ ...identityShape, ...paramsShape, prompt_template: z.guid().nullish() }),
    ),
  };
});

type Schemas = ReturnType<typeof promptSchemas>;
export type PromptParams = z.output<Schemas['params']>;
export type PromptUpdateParams = z.output<Schemas['update']>;
