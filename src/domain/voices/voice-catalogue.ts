/** A voice that agents can be given, as a person chooses among them. */
export interface CatalogueVoice {
  provider: 'offline' | '11labs';
  voiceId: string;
  name: string;
  /** Where its English comes from. */
  accent: 'american' | 'australian' | 'british' | 'scottish';
  gender: 'female' | 'male' | 'neutral';
  age?: 'young' | 'middle-aged' | 'old';
  description?: string;
}

/** The voices of flite that read any text; they need neither a key nor the network. */
const OFFLINE_VOICES: readonly CatalogueVoice[] = [
  offline('rms', 'RMS', 'american', 'male', 'clearest'),
  offline('slt', 'SLT', 'american', 'female', 'clear'),
  offline('awb', 'AWB', 'scottish', 'male', 'lively'),
  offline('kal16', 'Kal 16', 'american', 'male', 'robotic'),
  offline('kal', 'Kal', 'american', 'male', 'robotic'),
];

/** The premade voices of ElevenLabs, which every account has (elevenlabs.io, default voices). */
const ELEVENLABS_VOICES: readonly CatalogueVoice[] = [
  elevenLabs('EXAVITQu4vr4xnSDxMaL', 'Sarah', 'american', 'female', 'young'),
  elevenLabs('FGY2WhTYpPnrIDTdsKH5', 'Laura', 'american', 'female', 'young'),
  elevenLabs('cgSgspJ2msm6clMCkdW9', 'Jessica', 'american', 'female', 'young'),
  elevenLabs('XrExE9yKIg1WjnnlVkGX', 'Matilda', 'american', 'female', 'middle-aged'),
  elevenLabs('Xb7hH8MSUJpSbSDYk0k2', 'Alice', 'british', 'female', 'middle-aged'),
  elevenLabs('pFZP5JQG7iQjIQuC4Bku', 'Lily', 'british', 'female', 'middle-aged'),
  elevenLabs('CwhRBWXzGAHq8TQ4Fs17', 'Roger', 'american', 'male', 'middle-aged'),
  elevenLabs('TX3LPaxmHKxFdv7VOQHJ', 'Liam', 'american', 'male', 'young'),
  elevenLabs('bIHbv24MWmeRgasZH58o', 'Will', 'american', 'male', 'young'),
  elevenLabs('cjVigY5qzO86Huf0OWal', 'Eric', 'american', 'male', 'middle-aged'),
  elevenLabs('iP95p4xoKVk53GoZ742B', 'Chris', 'american', 'male', 'middle-aged'),
  elevenLabs('nPczCjzI2devNBz1zQrb', 'Brian', 'american', 'male', 'middle-aged'),
  elevenLabs('pqHfZKP75CvOlQylNhV4', 'Bill', 'american', 'male', 'old'),
  elevenLabs('JBFqnCBsd6RMkjVDRZzb', 'George', 'british', 'male', 'middle-aged'),
  elevenLabs('onwK4e9ZLuTAKqWW03F9', 'Daniel', 'british', 'male', 'middle-aged'),
  elevenLabs('IKne3meq5aSn9XLyUdCD', 'Charlie', 'australian', 'male', 'young'),
  elevenLabs('SAz9YHcvj6GT2YYXdXww', 'River', 'american', 'neutral', 'middle-aged'),
];

/** The voices that can be heard on this exchange; those of a vendor only where there is a key for it. */
export function voiceCatalogue({ withElevenLabs }: { withElevenLabs: boolean }): CatalogueVoice[] {
  return [...OFFLINE_VOICES, ...(withElevenLabs ? ELEVENLABS_VOICES : [])];
}

/** Whose voice an id is: one of the offline ones by its name, else one of ElevenLabs, which also has its customers' own. */
export function providerOfVoice(voiceId: string): CatalogueVoice['provider'] {
  return OFFLINE_VOICES.some((voice) => voice.voiceId === voiceId) ? 'offline' : '11labs';
}

function offline(
  voiceId: string,
  name: string,
  accent: CatalogueVoice['accent'],
  gender: CatalogueVoice['gender'],
  description: string,
): CatalogueVoice {
  return { provider: 'offline', voiceId, name, accent, gender, description };
}

function elevenLabs(
  voiceId: string,
  name: string,
  accent: CatalogueVoice['accent'],
  gender: CatalogueVoice['gender'],
  age: NonNullable<CatalogueVoice['age']>,
): CatalogueVoice {
  return { provider: '11labs', voiceId, name, accent, gender, age };
}
