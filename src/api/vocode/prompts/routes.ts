import type { Route } from '../../server/route.ts';
import type { VocodeContext } from '../context.ts';
import { partRoutes } from '../part-routes.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromPrompt, fromPromptItem } from './from-domain.ts';
import { promptSchemas } from './schema.ts';
import { BLANK_PROMPT, withPrompt } from './to-domain.ts';

export function promptRoutes(context: VocodeContext, revision: VocodeRevision): Route[] {
  const { params, update, shown, listed } = promptSchemas(revision);
  return partRoutes(context, revision, {
    kind: 'prompt',
    noun: 'prompt',
    name: 'Prompt',
    createSchema: params,
    updateSchema: update,
    schema: shown,
    itemSchema: listed,
    make: (body) => withPrompt(BLANK_PROMPT, body),
    change: withPrompt,
    show: (part) => fromPrompt(revision, part),
    showItem: (part) => fromPromptItem(revision, part),
  });
}
