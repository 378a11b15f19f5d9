import type { CollectedField, PromptPlan } from '../../../domain/agents/agent.ts';
import type { PartOf } from '../../../domain/parts/part.ts';
import { assign, compact } from '../fields.ts';
import type { PromptParams, PromptUpdateParams } from './schema.ts';

/** What of a prompt its writer decides. */
export type PromptValue = Pick<PartOf<'prompt'>, 'content' | 'plan'>;

export const BLANK_PROMPT: PromptValue = { content: '', plan: {} };

/** The prompt after a change: keys that are given replace, null unsets, all others stay. */
export function withPrompt(current: PromptValue, body: PromptParams | PromptUpdateParams): PromptValue {
  const plan: PromptPlan = { ...current.plan };
  const { content, context_endpoint, collect_fields, prompt_template } = body;
  if (context_endpoint !== undefined) assign(plan, 'contextEndpoint', context_endpoint);
  if (collect_fields !== undefined) assign(plan, 'collectFields', collect_fields?.map(toField));
  if (prompt_template !== undefined) {
    assign(plan, 'template', prompt_template === null ? null : toTemplate(prompt_template));
  }
  return { content: content ?? current.content, plan };
}

type Field = NonNullable<PromptParams['collect_fields']>[number];

function toField({ field_type: type, ...rest }: Field): CollectedField {
  return { type, ...compact(rest) };
}

type Template = NonNullable<PromptParams['prompt_template']>;

/** Nothing makes templates in this API: what is known of one is what the client says of it. */
function toTemplate(body: Template): NonNullable<PromptPlan['template']> {
  if (typeof body === 'string') return { id: body, requiredContextKeys: [] };
  const { id, label, required_context_keys: requiredContextKeys } = body;
  return { id, ...(label !== '' && { label }), requiredContextKeys };
}
