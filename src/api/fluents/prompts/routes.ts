import { partResource } from '../../server/part-resource.ts';
import type { Route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import { fromPrompt } from './from-domain.ts';
import { type PromptBody, promptBodySchema, promptPageSchema, promptSchema } from './schema.ts';
import { BLANK_PROMPT, withPrompt } from './to-domain.ts';

export function promptRoutes(context: FluentsContext): Route[] {
  return resourceRoutes({
    noun: 'prompt',
    createSchema: promptBodySchema,
    updateSchema: promptBodySchema,
    schema: promptSchema,
    pageSchema: promptPageSchema,
    ...partResource(context, 'prompt', {
      make: (body: PromptBody) => withPrompt(BLANK_PROMPT, body),
      change: withPrompt,
    }),
    show: fromPrompt,
  });
}
