import type { CollectedField, PromptPlan } from '../../../domain/agents/agent.ts';
import type { PartOf } from '../../../domain/parts/part.ts';
import { compact } from '../fields.ts';

type Json = Record<string, unknown>;

/** The vendor's shape of a stored prompt: unset keys are left out. */
export function fromPrompt({ id, orgId, content, plan }: PartOf<'prompt'>): Json {
  return { id, user_id: orgId, ...fromPromptValue(content, plan, orgId) };
}

/** The same of a prompt that has no row, as in the agent of a call that is over. */
export function fromPromptValue(content: string, plan: PromptPlan, orgId: string): Json {
  return {
    content,
    ...compact({
      label: plan.label,
      description: plan.description,
      context_endpoint: plan.contextEndpoint,
      collect_fields: plan.collectFields?.map(fromField),
      type: plan.form ?? 'prompt',
      tags: plan.tags,
      prompt_template:
        plan.template &&
        compact({
          id: plan.template.id,
          user_id: orgId,
          label: plan.template.label,
          required_context_keys: plan.template.requiredContextKeys,
        }),
    }),
  };
}

function fromField({ type, ...field }: CollectedField): unknown {
  const isNameAlone = type === undefined && Object.keys(field).length === 1;
  return isNameAlone ? field.name : { ...compact({ field_type: type }), ...field };
}
