import type { Call } from '../../domain/calls/call.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import { blameOf } from '../../domain/calls/end-reason.ts';
import { projectEvents } from '../../domain/calls/project-events.ts';
import type { NumberRepository } from '../../domain/numbers/number-repository.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import type { CallNotice, ServerMessages } from '../server-messages.ts';

const REASON = 'call.in-progress.error-vapifault-worker-died';
const MESSAGE = 'the exchange stopped while the call was up';
const LAST_NOTICES: CallNotice[] = [{ type: 'status-changed' }, { type: 'call-reported' }];

export interface CloseOpenCallsOptions {
  calls: CallRepository;
  numbers: Pick<NumberRepository, 'get'>;
  orgs: Pick<OrgRepository, 'getOrg'>;
  serverMessages: Pick<ServerMessages, 'deliveriesOf'>;
  nodeId: string;
  clock: Clock;
  /** Milliseconds that are left of a call's recording, if anything. */
  recordingOf(file: string): Promise<number | undefined>;
}

/**
 * Ends every call of this node that the last process left open, with what its timeline tells of it, and tells the
 * customers' servers so.
 * @returns the number of calls ended.
 */
export async function closeOpenCalls(options: CloseOpenCallsOptions): Promise<number> {
  let closed = 0;
  for (const call of await options.calls.listOpen()) {
    // One that is scheduled was not up: it waits in the store for its time.
    if (call.status === 'scheduled') continue;
    if (call.nodeId === options.nodeId && (await closeCall(call, options))) closed += 1;
  }
  return closed;
}

async function closeCall(open: Call, options: CloseOpenCallsOptions): Promise<boolean> {
  const { calls, numbers, orgs, serverMessages, clock, recordingOf } = options;
  const { id, orgId, numberId, agent } = open;
  const events = await calls.events(orgId, id);
  const { messages, turns } = projectEvents(events);
  const file = events.find((event) => event.type === 'recording.started')?.data.file;
  const durationMs = typeof file === 'string' ? await recordingOf(file) : undefined;
  const at = clock.now();
  const blame = blameOf(REASON);
  const close = (call: Call): Call => ({
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
  });
  const scene = {
    call: close(open),
    number: numberId ? await numbers.get(orgId, numberId) : undefined,
    org: await orgs.getOrg(orgId),
    agent,
    messages,
    turns,
  };
  const deliveries = LAST_NOTICES.flatMap((notice) => serverMessages.deliveriesOf(notice, scene, at));
  const data = { reason: REASON, blame };
  const event = { id: newId(at), callId: id, orgId, type: 'call.ended' as const, at, data };
  return (await calls.end(orgId, id, event, close, deliveries)) !== undefined;
}
