import { setPriority } from 'node:os';

/** What sound servers take (PulseAudio, PipeWire): before every other program, behind what keeps the machine alive. */
const AUDIO_NICENESS = -11;

/**
 * Has the calling thread run before other threads and programs that want the same core. Linux counts this by thread;
 * where it counts by process, nothing is done.
 * @returns why it was refused: a user other than root needs CAP_SYS_NICE, or a limit of niceness (RLIMIT_NICE) of 31.
 */
export function raiseThreadPriority(): string | undefined {
  if (process.platform !== 'linux') return `${process.platform} has no priority of single threads`;
  try {
    setPriority(AUDIO_NICENESS);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
