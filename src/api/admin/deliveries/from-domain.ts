import type { Delivery, Endpoint } from '../../../domain/deliveries/delivery.ts';
import { instantOf } from '../instant-of.ts';

export function fromDelivery(delivery: Delivery): Record<string, unknown> {
  const { id, callId, type, server, status, attempts, createdAt } = delivery;
  return {
    id,
    ...(callId !== undefined && { callId }),
    type,
    endpoint: server.url,
    status,
    attemptCount: attempts.length,
    createdAt: instantOf(createdAt),
    ...instantsOf(delivery, ['nextAttemptAt', 'deliveredAt', 'replayedAt']),
  };
}

/** With everything that was tried and the body, but nothing of the server's headers and secrets. */
export function fromDeliveryInDetail(delivery: Delivery): Record<string, unknown> {
  return {
    ...fromDelivery(delivery),
    attempts: delivery.attempts.map(({ at, ...rest }) => ({ at: instantOf(at), ...rest })),
    body: delivery.body,
  };
}

export function fromEndpoint(endpoint: Endpoint): Record<string, unknown> {
  const { url, pending, consecutiveFailures, lastError } = endpoint;
  return {
    url,
    pending,
    consecutiveFailures,
    ...instantsOf(endpoint, ['firstFailureAt', 'lastSuccessAt', 'pausedUntil']),
    ...(lastError !== undefined && { lastError }),
  };
}

function instantsOf<K extends string>(
  values: { [key in K]?: number },
  names: readonly K[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const at = values[name];
      return at === undefined ? [] : [[name, instantOf(at)]];
    }),
  );
}
