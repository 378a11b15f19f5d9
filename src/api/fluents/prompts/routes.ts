import { newId } from '../../../lib/ids.ts';
import type { Route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import { fromPrompt } from './from-domain.ts';
import { promptBodySchema, promptPageSchema, promptSchema } from './schema.ts';
import { BLANK_PROMPT, withPrompt } from './to-domain.ts';

export function promptRoutes({ parts, clock }: FluentsContext): Route[] {
  return resourceRoutes({
    noun: 'prompt',
    createSchema: promptBodySchema,
    updateSchema: promptBodySchema,
    schema: promptSchema,
    pageSchema: promptPageSchema,
    get: (orgId, id) => parts.get(orgId, 'prompt', id),
    page: (orgId, query) => parts.page(orgId, 'prompt', query),
    async create(orgId, body) {
      const now = clock.now();
      const value = withPrompt(BLANK_PROMPT, body);
      const part = {
        id: newId(now),
        orgId,
        kind: 'prompt',
        ...value,
        createdAt: now,
        updatedAt: now,
      } as const;
      await parts.insert(part);
      return part;
    },
    update: (orgId, id, body) =>
      parts.update(orgId, 'prompt', id, (part) => ({
        ...part,
        ...withPrompt(part, body),
        updatedAt: clock.now(),
      })),
    remove: (orgId, id) => parts.remove(orgId, 'prompt', id),
    show: fromPrompt,
  });
}
