import type { Transfer } from '../../domain/calls/call.ts';
import { blameOf, type EndReason } from '../../domain/calls/end-reason.ts';
import type { CallRecorder } from './call-recorder.ts';
import type { CallStory } from './call-story.ts';
import type { measureLine } from './measure-line.ts';

export interface CallEnding {
  reason: EndReason;
  message: string | undefined;
  endedAt: number;
  /** What the line was like; unset where nobody has spoken on it. */
  measured: Awaited<ReturnType<typeof measureLine>> | undefined;
  transfers: Transfer[];
}

/** Writes the end of a call down, with all that was said in it, and tells of it. Resolves when it is stored. */
export async function closeRecord(
  recorder: CallRecorder,
  story: CallStory,
  { reason, message, endedAt, measured, transfers }: CallEnding,
): Promise<void> {
  const blame = blameOf(reason);
  if (measured) recorder.record('media.measured', measured.media);
  await recorder.end(
    { reason, blame, ...(message && { message }) },
    (call) => ({
      ...call,
      ...measured,
      status: 'ended',
      endedAt,
      endReason: reason,
      blame,
      messages: story.inOrder(),
      turns: [...story.turns],
      ...(transfers.length > 0 && { transfers }),
      // Who never answered was not asked.
      ...(story.agent?.doNotCallDetection &&
        call.answeredAt !== undefined && { doNotCall: call.doNotCall ?? false }),
      ...(message && { endMessage: message }),
    }),
    { type: 'status-changed' },
    { type: 'call-reported' },
  );
}
