import fvad, { type FvadModule } from '@echogarden/fvad-wasm';
import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../../media/media-session.ts';
import type { VoiceActivityDetector } from './contract.ts';
import { NoiseFloor } from './noise-floor.ts';

const BYTES_PER_SAMPLE = 2;
/** "Aggressive" of four: "very aggressive" clips soft ends of words, the lenient ones take line noise for speech. */
const MODE = 2;
/** The model takes steady hiss for speech; what does not stand so far above the line's noise is none. */
const SPEECH_OVER_NOISE_DB = 6;

interface SharedModule {
  module: FvadModule;
  /** Address of the one input buffer: a frame is copied in and judged in one go. */
  input: number;
}

/** The module reserves 16 MB of memory, a detector not one kilobyte: all calls share one module. */
let shared: Promise<SharedModule> | undefined;

async function loadModule(): Promise<SharedModule> {
  const module = await fvad();
  const input = module._malloc(FRAME_SAMPLES * BYTES_PER_SAMPLE);
  if (input === 0) throw new Error('WebRTC VAD: no memory');
  return { module, input };
}

/**
 * The voice activity detector of WebRTC (libfvad), a Gaussian mixture over six bands; about 1.5 microseconds a frame.
 * @throws when the WebAssembly module cannot be loaded or its memory is exhausted.
 */
export async function createWebRtcVad(): Promise<VoiceActivityDetector> {
  shared ??= loadModule().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  const { module, input } = await shared;
  let detector = module._fvad_new();
  if (detector === 0) throw new Error('WebRTC VAD: no memory');
  const noise = new NoiseFloor(SPEECH_OVER_NOISE_DB);
  module._fvad_set_sample_rate(detector, SAMPLE_RATE_HZ);
  module._fvad_set_mode(detector, MODE);
  return {
    process(frame) {
      if (detector === 0) throw new Error('WebRTC VAD: used after close');
      if (frame.length !== FRAME_SAMPLES) {
        throw new RangeError(`WebRTC VAD: a frame has ${FRAME_SAMPLES} samples, not ${frame.length}`);
      }
      module.HEAP16.set(frame, input / BYTES_PER_SAMPLE);
      const voiced = module._fvad_process(detector, input, FRAME_SAMPLES) === 1;
      // Both are asked each time: the floor must hear every frame to follow the noise.
      return noise.standsOut(frame) && voiced;
    },
    close() {
      if (detector !== 0) module._fvad_free(detector);
      detector = 0;
    },
  };
}
