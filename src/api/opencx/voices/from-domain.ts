import type { CatalogueVoice } from '../../../domain/voices/voice-catalogue.ts';
import type { VoiceReply } from './schema.ts';

export function fromVoice(voice: CatalogueVoice): VoiceReply {
  const { provider, voiceId, name, accent, gender, age, description } = voice;
  return {
    voice_id: voiceId,
    name,
    labels: {
      accent,
      description: description ?? null,
      age: age ?? null,
      gender,
      use_case: null,
      // The offline voices read English alone; those of ElevenLabs speak whatever the agent's language is.
      language: provider === 'offline' ? 'en' : null,
    },
    description: provider === 'offline' ? 'Spoken by the exchange itself' : 'Spoken by ElevenLabs',
    preview_url: null,
  };
}
