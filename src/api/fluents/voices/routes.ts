import type { PartOf } from '../../../domain/parts/part.ts';
import { partResource } from '../../server/part-resource.ts';
import type { Route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import { fromVoice } from './from-domain.ts';
import { createVoiceSchema, updateVoiceSchema, voicePageSchema, voiceSchema } from './schema.ts';
import { toVoice, withVoice } from './to-domain.ts';

export function voiceRoutes(context: FluentsContext): Route[] {
  return resourceRoutes({
    noun: 'voice',
    createSchema: createVoiceSchema,
    updateSchema: updateVoiceSchema,
    schema: voiceSchema,
    pageSchema: voicePageSchema,
    ...partResource(context, 'voice', { make: toVoice, change: withVoice }),
    show: (part: PartOf<'voice'>) => fromVoice(part),
  });
}
