import type { CollectedField } from '../../../domain/agents/agent.ts';
import type { PartOf } from '../../../domain/parts/part.ts';
import { shown, type VocodeRevision } from '../revision.ts';

type Json = Record<string, unknown>;

export function fromPrompt(revision: VocodeRevision, prompt: PartOf<'prompt'>): Json {
  const { template } = prompt.plan;
  const expanded = template && {
    id: template.id,
    user_id: prompt.orgId,
    label: template.label ?? '',
    required_context_keys: template.requiredContextKeys,
  };
  return withTemplate(revision, prompt, expanded);
}

/** The form that lists show. */
export function fromPromptItem(revision: VocodeRevision, prompt: PartOf<'prompt'>): Json {
  return withTemplate(revision, prompt, prompt.plan.template?.id);
}

function withTemplate(
  revision: VocodeRevision,
  { id, orgId, content, plan }: PartOf<'prompt'>,
  template: unknown,
): Json {
  return shown(revision, {
    id,
    user_id: orgId,
    content,
    collect_fields: plan.collectFields?.map(fromField) ?? null,
    context_endpoint: plan.contextEndpoint ?? null,
    prompt_template: template ?? null,
  });
}

/** Fields of other APIs may lack what every field has here. */
function fromField({ name, label, description }: CollectedField): Json {
  return { field_type: 'field_type_email', label: label ?? name, name, description: description ?? null };
}
