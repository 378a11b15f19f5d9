/** The voices inside the WASM build that read any text. */
export const FLITE_VOICES = ['rms', 'slt', 'awb', 'kal16', 'kal'] as const;
export type FliteVoice = (typeof FLITE_VOICES)[number];

/** What the worker is asked for. */
export interface FliteJob {
  id: number;
  text: string;
  voice: FliteVoice;
  /** flite's `duration_stretch`: 2 takes twice the time. */
  stretch: number;
}

/** What it answers: 8 kHz samples, or why not. */
export type FliteReply = { id: number; samples: Int16Array<ArrayBuffer> } | { id: number; error: string };
