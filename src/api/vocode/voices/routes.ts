import type { PartOf } from '../../../domain/parts/part.ts';
import type { Route } from '../../server/route.ts';
import type { VocodeContext } from '../context.ts';
import { partRoutes } from '../part-routes.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromVoice } from './from-domain.ts';
import { voiceSchemas } from './schema.ts';
import { toVoice, withVoice } from './to-domain.ts';

export function voiceRoutes(context: VocodeContext, revision: VocodeRevision): Route[] {
  const { params, update, shown } = voiceSchemas(revision);
  const show = (part: PartOf<'voice'>) => fromVoice(revision, part);
  return partRoutes(context, revision, {
    kind: 'voice',
    noun: 'voice',
    name: 'Voice',
    createSchema: params,
    updateSchema: update,
    schema: shown,
    itemSchema: shown,
    make: (body) => ({ voice: toVoice(body) }),
    change: (part, body) => ({ ...part, voice: withVoice(part.voice, body, revision) }),
    show,
    showItem: show,
  });
}
