import type { Transfer } from '../../domain/calls/call.ts';
import { DialError, type Dialer, type DialJudge } from '../dialer.ts';
import type { TransferRequest } from '../leg.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import type { CallStory } from '../session/call-story.ts';
import { missOf } from './attempt.ts';
import type { Miss } from './attempt-table.ts';
import type { MovableLeg } from './movable-leg.ts';
import type { TransferEntry } from './transfer-log.ts';

/** How long whom the far end asks for may ring: its subscription lasts not much longer. Milliseconds. */
const RING_LIMIT_MS = 60_000;

/** What whoever asked is told where no status was received (RFC 3261 section 21). */
const STATUSES: Readonly<Record<Miss['outcome'], number>> = {
  busy: 486,
  'no-answer': 480,
  rejected: 603,
  unreachable: 404,
  voicemail: 480,
  'cancelled-by-caller': 487,
  failed: 500,
};

export interface PeerTransferParts {
  line: MovableLeg;
  recorder: CallRecorder;
  story: CallStory;
  dialer: Dialer & DialJudge;
  begin(transfer: Omit<Transfer, 'startedAt'>): TransferEntry;
}

/**
 * Carries out what the far end of a line asks for (REFER, RFC 3515): calls somebody in its place, if the policy lets us, and
 * tells it how that goes. Whoever asked hangs up once it has the final word. Never rejects.
 */
export async function peerTransfer(request: TransferRequest, parts: PeerTransferParts): Promise<void> {
  const { line, recorder, story, dialer, begin } = parts;
  const { destination, replaces, referredBy } = request;
  const { number } = story;
  const entry = begin({ destination, by: 'peer', verb: 'dial' });
  try {
    const asked = { destination, ...(replaces !== undefined && { replaces }) };
    await dialer.judge({ orgId: recorder.call.orgId, number, ...asked });
    request.accept();
    await line.moveTo(() =>
      dialer.dial({
        call: recorder.call,
        number,
        ...asked,
        maxForwards: line.maxForwards,
        timeoutMs: RING_LIMIT_MS,
        through: line.media,
        ...(referredBy !== undefined && { referredBy }),
        onProgress: (status) => request.notify(status, ''),
      }),
    );
    entry.answered();
    entry.ended({ kind: 'joined' });
    request.notify(200, '');
  } catch (error) {
    const miss = missOf(error);
    entry.ended({ kind: 'missed', miss });
    const isRefused = error instanceof DialError && error.outcome === 'refused';
    const status = isRefused ? 403 : (miss.status ?? STATUSES[miss.outcome]);
    // Whichever of the two still applies: before it was taken on, or after.
    request.reject(status);
    request.notify(status, '');
  }
}
