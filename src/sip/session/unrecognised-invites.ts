import type { Logger } from '../../lib/logger.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import { serverTransactionKey } from '../transaction/transaction-key.ts';

/** INVITEs whose owner is being asked at a time; what comes beyond is passed over, and its next copy asks again. */
const MAX_WAITING = 10_000;

/**
 * INVITEs of which it is not known yet whether anything at all is to be answered. Nothing has been sent for them, not even
 * a 100, and their copies are passed over meanwhile.
 */
export class UnrecognisedInvites {
  readonly #logger: Logger;
  readonly #waiting = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether it is being asked about already, or too many are. */
  isPassedOver(received: ReceivedRequest): boolean {
    return this.#waiting.size >= MAX_WAITING || this.#waiting.has(serverTransactionKey(received, 'INVITE'));
  }

  /** Calls `proceed` once the owner has recognised the INVITE; one that he does not know stays unanswered. */
  ask(received: ReceivedRequest, isKnown: Promise<boolean>, proceed: () => void): void {
    const key = serverTransactionKey(received, 'INVITE');
    this.#waiting.add(key);
    isKnown
      .catch((error: unknown) => {
        this.#logger.error({ err: error, sipCallId: received.callId }, 'an INVITE could not be recognised');
        // Its handler meets the same failure, and answers it.
        return true;
      })
      .then((known) => {
        this.#waiting.delete(key);
        if (known) proceed();
      })
      .catch((error: unknown) =>
        this.#logger.error({ err: error, sipCallId: received.callId }, 'INVITE could not be handled'),
      );
  }
}
