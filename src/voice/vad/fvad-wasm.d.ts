/** The WebRTC VAD of libfvad in WebAssembly; the package ships no types. */
declare module '@echogarden/fvad-wasm' {
  /** One instance of the module: its memory may hold any number of detectors. */
  export interface FvadModule {
    readonly HEAP16: Int16Array;
    /** @returns the address of a detector, 0 when there is no memory. */
    _fvad_new(): number;
    _fvad_free(detector: number): void;
    _fvad_reset(detector: number): void;
    /** @returns 0, or -1 for a mode other than 0 (lenient) to 3 (strict). */
    _fvad_set_mode(detector: number, mode: number): number;
    /** @returns 0, or -1 for a rate other than 8000, 16000, 32000, 48000. */
    _fvad_set_sample_rate(detector: number, rateHz: number): number;
    /** @returns 1 for speech, 0 for none, -1 for a frame that is not 10, 20 or 30 ms long. */
    _fvad_process(detector: number, frame: number, samples: number): number;
    _malloc(bytes: number): number;
    _free(address: number): void;
  }
  export default function fvad(options?: object): Promise<FvadModule>;
}
