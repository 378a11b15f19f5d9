import type { PartOf } from '../../../domain/parts/part.ts';
import { newId } from '../../../lib/ids.ts';
import type { Route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import { fromVoice } from './from-domain.ts';
import { createVoiceSchema, updateVoiceSchema, voicePageSchema, voiceSchema } from './schema.ts';
import { toVoice, withVoice } from './to-domain.ts';

export function voiceRoutes({ parts, clock }: FluentsContext): Route[] {
  return resourceRoutes({
    noun: 'voice',
    createSchema: createVoiceSchema,
    updateSchema: updateVoiceSchema,
    schema: voiceSchema,
    pageSchema: voicePageSchema,
    get: (orgId, id) => parts.get(orgId, 'voice', id),
    page: (orgId, query) => parts.page(orgId, 'voice', query),
    async create(orgId, body) {
      const now = clock.now();
      const value = toVoice(body);
      const part = {
        id: newId(now),
        orgId,
        kind: 'voice',
        ...value,
        createdAt: now,
        updatedAt: now,
      } as const;
      await parts.insert(part);
      return part;
    },
    update: (orgId, id, body) =>
      parts.update(
        orgId,
        'voice',
        id,
        ({ id: same, orgId: org, kind, createdAt, updatedAt: _, ...value }) => ({
          id: same,
          orgId: org,
          kind,
          ...withVoice(value, body),
          createdAt,
          updatedAt: clock.now(),
        }),
      ),
    remove: (orgId, id) => parts.remove(orgId, 'voice', id),
    show: (part: PartOf<'voice'>) => fromVoice(part),
  });
}
