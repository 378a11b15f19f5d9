import * as z from 'zod';
import { named } from '../components.ts';

export const voiceSchema = named(
  'PhoneAgentVoice',
  z.object({
    voice_id: z.string(),
    name: z.string(),
    labels: z.object({
      accent: z.string().nullable(),
      description: z.string().nullable(),
      age: z.string().nullable(),
      gender: z.string().nullable(),
      use_case: z.string().nullable(),
      language: z.string().nullable(),
    }),
    description: z.string().nullable(),
    preview_url: z.string().nullable(),
  }),
);

export type VoiceReply = z.output<typeof voiceSchema>;
