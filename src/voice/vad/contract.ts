/** Tells speech from silence, frame by frame. State is per call. */
export interface VoiceActivityDetector {
  /** @param frame 20 ms of 8 kHz audio. @returns whether the frame holds speech. */
  process(frame: Int16Array): boolean;
  close(): void;
}

export type VadFactory = () => Promise<VoiceActivityDetector>;
