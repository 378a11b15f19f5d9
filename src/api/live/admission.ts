import { ExchangeError } from '../../domain/errors.ts';
import type { LiveCall } from '../../flow/live/live-call.ts';
import type { LiveCalls } from '../../flow/live/live-calls.ts';
import type { KeyRing } from '../server/key-ring.ts';

export type LiveUse = 'listen' | 'control';

/** How each use is set in a `MonitorPlan`. */
const SETTINGS = {
  listen: { enabled: 'listenEnabled', authenticated: 'listenAuthenticationEnabled' },
  control: { enabled: 'controlEnabled', authenticated: 'controlAuthenticationEnabled' },
} as const;

/**
 * The live call of a token, for somebody who may use it so.
 * @param authorization the Authorization header as it came.
 * @throws {ExchangeError} `not-found` when no such call is up, also for another org's key; `forbidden` by its agent.
 * @throws {UnauthorizedError} when the agent asks for a key and none came.
 */
export async function admit(
  use: LiveUse,
  token: string,
  authorization: string | undefined,
  { calls, keys }: { calls: LiveCalls; keys: KeyRing },
): Promise<LiveCall> {
  const live = calls.find(token);
  if (!live) throw notUp();
  if (!mayUse(use, live)) {
    throw new ExchangeError('forbidden', `The assistant's monitorPlan.${SETTINGS[use].enabled} is false.`);
  }
  if (needsKey(use, live)) {
    const key = await keys.authenticate(authorization);
    if (key.orgId !== live.call.orgId) throw notUp();
  }
  return live;
}

export function mayUse(use: LiveUse, live: LiveCall): boolean {
  return live.monitorPlan[SETTINGS[use].enabled] !== false;
}

export function needsKey(use: LiveUse, live: LiveCall): boolean {
  return live.monitorPlan[SETTINGS[use].authenticated] === true;
}

function notUp(): ExchangeError {
  return new ExchangeError('not-found', 'There is no such live call; it may have ended.');
}
