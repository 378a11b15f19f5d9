/** Where a key of a vendor's body stands in the domain. */
export type VoicePlace = 'voiceId' | 'model' | 'speed' | { setting: string };

const setting = (name: string) => ({ setting: name });

/** Keys of the kinds of voices that Vocode and Fluents have both. */
export const VOICE_PLACES = {
  azure: { voice_name: 'voiceId', pitch: setting('pitch'), rate: setting('rate') },
  rime: { speaker: 'voiceId', model_id: 'model', speed_alpha: setting('speedAlpha') },
  elevenLabs: {
    voice_id: 'voiceId',
    stability: setting('stability'),
    similarity_boost: setting('similarityBoost'),
    api_key: setting('apiKey'),
    model_id: 'model',
    optimize_streaming_latency: setting('optimizeStreamingLatency'),
    experimental_input_streaming: setting('experimentalInputStreaming'),
  },
  playHt: {
    voice_id: 'voiceId',
    api_user_id: setting('userId'),
    api_key: setting('apiKey'),
    version: 'model',
    speed: 'speed',
    quality: setting('quality'),
    temperature: setting('temperature'),
    top_p: setting('topP'),
    text_guidance: setting('textGuidance'),
    voice_guidance: setting('voiceGuidance'),
    experimental_remove_silence: setting('experimentalRemoveSilence'),
  },
} as const satisfies Record<string, Readonly<Record<string, VoicePlace>>>;
