/**
 * Where a recording that gets another channel is written until it takes the place of the one with this path. A process
 * that is killed meanwhile leaves it there: whoever tidies up after one, or removes the recording, removes both.
 */
export function widerRecordingPath(path: string): string {
  return `${path}.wider`;
}
