import type { CallRepository } from '../../domain/calls/call-repository.ts';
import { blameOf } from '../../domain/calls/end-reason.ts';
import { projectEvents } from '../../domain/calls/project-events.ts';
import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';

const REASON = 'call.in-progress.error-vapifault-worker-died';
const MESSAGE = 'the exchange stopped while the call was up';

/**
 * Ends every call of this node that the last process left open, with what its timeline tells of it.
 * @param recordingOf what is left of the call's recording, if anything.
 * @returns the number of calls ended.
 */
export async function closeOpenCalls(
  calls: CallRepository,
  nodeId: string,
  clock: Clock,
  recordingOf: (file: string) => Promise<number | undefined>,
): Promise<number> {
  let closed = 0;
  for (const { id, orgId, nodeId: owner } of await calls.listOpen()) {
    if (owner !== nodeId) continue;
    const events = await calls.events(orgId, id);
    const { messages, turns } = projectEvents(events);
    const file = events.find((event) => event.type === 'recording.started')?.data.file;
    const durationMs = typeof file === 'string' ? await recordingOf(file) : undefined;
    const at = clock.now();
    const blame = blameOf(REASON);
    const event = {
      id: newId(at),
      callId: id,
      orgId,
      type: 'call.ended' as const,
      at,
      data: { reason: REASON, blame },
    };
    const ended = await calls.end(orgId, id, event, (call) => ({
      ...call,
      status: 'ended',
      updatedAt: at,
      endedAt: events.at(-1)?.at ?? at,
      endReason: REASON,
      blame,
      endMessage: MESSAGE,
      messages,
      turns,
      ...(typeof file === 'string' && durationMs !== undefined && { recording: { file, durationMs } }),
    }));
    if (ended) closed += 1;
  }
  return closed;
}
