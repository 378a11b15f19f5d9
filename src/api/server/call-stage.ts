import type { Call } from '../../domain/calls/call.ts';

/**
 * How far a call has come, in the words of Vocode and Fluents. An operator who was rung but not joined with the caller,
 * as one who declines what he is told, is no success.
 */
export function stageOf({ answeredAt, transfers }: Call): string {
  const last = transfers?.at(-1);
  if (last?.outcome === 'connected') return 'transfer_successful';
  if (last) return 'transfer_started';
  return answeredAt === undefined ? 'created' : 'picked_up';
}
