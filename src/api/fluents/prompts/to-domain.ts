import type { CollectedField, PromptPlan } from '../../../domain/agents/agent.ts';
import type { PartOf } from '../../../domain/parts/part.ts';
import { newId } from '../../../lib/ids.ts';
import { assign, compact } from '../fields.ts';
import type { PromptBody } from './schema.ts';

/** What of a prompt its writer decides. */
export type PromptValue = Pick<PartOf<'prompt'>, 'content' | 'plan'>;

export const BLANK_PROMPT: PromptValue = { content: '', plan: {} };

type Key = keyof PromptBody;
type Setter<K extends Key> = (draft: PromptValue, value: NonNullable<PromptBody[K]> | undefined) => void;

/** What each key does to a prompt; undefined unsets. */
const SETTERS: { [K in Key]-?: Setter<K> } = {
  content: (draft, value) => {
    draft.content = value ?? '';
  },
  label: (draft, value) => assign(draft.plan, 'label', value),
  description: (draft, value) => assign(draft.plan, 'description', value),
  context_endpoint: (draft, value) => assign(draft.plan, 'contextEndpoint', value),
  collect_fields: (draft, value) => assign(draft.plan, 'collectFields', value?.map(toField)),
  type: (draft, value) => assign(draft.plan, 'form', value),
  tags: (draft, value) => assign(draft.plan, 'tags', value),
  prompt_template: (draft, value) =>
    assign(draft.plan, 'template', value === undefined ? undefined : toTemplate(value, draft.plan.template)),
};

/** The prompt after a change: keys that are given replace, null unsets, all others stay. */
export function withPrompt({ content, plan }: PromptValue, body: PromptBody): PromptValue {
  const draft: PromptValue = { content, plan: { ...plan } };
  for (const [key, value] of Object.entries(body)) {
    if (value === undefined) continue;
    (SETTERS[key as Key] as (draft: PromptValue, value: unknown) => void)(draft, value ?? undefined);
  }
  return draft;
}

function toField(body: NonNullable<PromptBody['collect_fields']>[number]): CollectedField {
  if (typeof body === 'string') return { name: body };
  const { field_type: type, ...rest } = compact(body);
  return { ...compact({ type }), ...rest };
}

type TemplateFields = Partial<Exclude<NonNullable<PromptBody['prompt_template']>, string>>;

function toTemplate(
  body: NonNullable<PromptBody['prompt_template']>,
  current: PromptPlan['template'],
): NonNullable<PromptPlan['template']> {
  const { id, label, required_context_keys }: TemplateFields = typeof body === 'string' ? { id: body } : body;
  return {
    id: id ?? current?.id ?? newId(),
    ...compact({ label }),
    requiredContextKeys: required_context_keys ?? [],
  };
}
