import type { Delivery, DeliveryAttempt } from '../../domain/deliveries/delivery.ts';
import type { Clock } from '../../lib/clock.ts';
import type { DeliveryReply, DeliverySender } from './delivery-sender.ts';
import { type AttemptResult, retryAfterMsOf } from './retry-schedule.ts';

/** Seconds that a server has for its answer unless it says otherwise: the vendor's default. */
const DEFAULT_TIMEOUT_SECONDS = 20;
/** Characters of an error that are kept with the attempt. */
const MAX_ERROR_LENGTH = 300;

export interface AttemptOutcome {
  attempt: DeliveryAttempt;
  result: AttemptResult;
}

/** Our own giving up, in contrast to the time being over. */
class TimeOverError extends Error {}

/**
 * One try within the server's time. It ends with that time also where the sender does not.
 * @param controller aborted from outside when the exchange stops.
 * @returns undefined where it was given up from outside, which says nothing of the server.
 */
export async function attemptDelivery(
  delivery: Delivery,
  controller: AbortController,
  { sender, clock }: { sender: DeliverySender; clock: Clock },
): Promise<AttemptOutcome | undefined> {
  const at = clock.now();
  const seconds = delivery.server.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const timer = clock.setTimeout(
    () => controller.abort(new TimeOverError(`no answer within ${seconds} s`)),
    seconds * 1000,
  );
  const spent = () => Math.max(0, clock.now() - at);
  try {
    const { status, retryAfter } = await answerOf(delivery, sender, controller.signal);
    const retryAfterMs = retryAfterMsOf(retryAfter, clock.now());
    return {
      attempt: { at, durationMs: spent(), status },
      result: { status, ...(retryAfterMs !== undefined && { retryAfterMs }) },
    };
  } catch (thrown) {
    const { aborted, reason } = controller.signal;
    if (aborted && !(reason instanceof TimeOverError)) return undefined;
    const cause: unknown = aborted ? reason : thrown;
    const message = cause instanceof Error ? cause.message : String(cause);
    return { attempt: { at, durationMs: spent(), error: message.slice(0, MAX_ERROR_LENGTH) }, result: {} };
  } finally {
    clock.clearTimeout(timer);
  }
}

function answerOf(delivery: Delivery, sender: DeliverySender, signal: AbortSignal): Promise<DeliveryReply> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    sender.send(delivery, signal).then(resolve, reject);
  });
}
