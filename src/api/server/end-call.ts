import type { Call } from '../../domain/calls/call.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import type { LiveCalls } from '../../flow/live/live-calls.ts';
import type { OutboundCalls } from '../../flow/outbound/outbound-calls.ts';

interface CallEnding {
  calls: Pick<CallRepository, 'get'>;
  outbound: Pick<OutboundCalls, 'cancel'>;
  live: Pick<LiveCalls, 'find'>;
}

/**
 * Hangs a call up, or takes it back before it is answered. One that has ended stays as it is.
 * @returns it as it is then; undefined where another process of the exchange has it.
 */
export async function endCall({ calls, outbound, live }: CallEnding, call: Call): Promise<Call | undefined> {
  const { orgId, id, monitorToken } = call;
  if (call.status === 'ended') return call;
  const cancelled = await outbound.cancel(orgId, id);
  if (cancelled) return cancelled;
  const up = monitorToken === undefined ? undefined : live.find(monitorToken);
  if (!up) return undefined;
  await up.control({ type: 'end-call' });
  return (await calls.get(orgId, id)) ?? call;
}
