import * as z from 'zod';
import { voiceCatalogue } from '../../../domain/voices/voice-catalogue.ts';
import { type Route, route } from '../../server/route.ts';
import type { OpencxContext } from '../context.ts';
import { fromVoice } from './from-domain.ts';
import { voiceSchema } from './schema.ts';

const ELEVENLABS = '11labs';
/** Credentials looked through for a key of the vendor, the newest first. */
const MAX_CREDENTIALS = 1000;

export function voiceRoutes(context: OpencxContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/phone/voices',
      operationId: 'listPhoneAgentVoices',
      summary: 'List voices for phone agents',
      tag: 'Phone Agents',
      status: 200,
      response: z.array(voiceSchema),
      handle: async ({ orgId }) => {
        const withElevenLabs = await hasKey(context, orgId);
        return voiceCatalogue({ withElevenLabs }).map(fromVoice);
      },
    }),
  ];
}

/** Nobody is asked whether the key is good: that shows in the first call, where the offline voice stands in. */
async function hasKey({ credentials, hasVendorKey }: OpencxContext, orgId: string): Promise<boolean> {
  if (hasVendorKey(ELEVENLABS)) return true;
  const own = await credentials.list(orgId, { limit: MAX_CREDENTIALS });
  return own.some(({ provider }) => provider === ELEVENLABS);
}
