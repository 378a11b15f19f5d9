import type { DialogTable } from '../dialog/dialog-table.ts';
import { headerAll } from '../message/headers.ts';
import { ValueReader } from '../message/value-reader.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import type { DialogSession } from './dialog-session.ts';
import { SipRejection } from './session.ts';

const SEMICOLON = 0x3b;

/** What `Replaces` names: a dialog as its other end sees it (RFC 3891 section 6.1). */
export interface Replaces {
  callId: string;
  /** Tag of who is asked. */
  toTag: string;
  /** Tag of the peer that is to be replaced. */
  fromTag: string;
  earlyOnly: boolean;
}

export interface ReplacedSession {
  session: DialogSession;
  earlyOnly: boolean;
}

/** Reads `Replaces`. @returns undefined when it is malformed. */
export function parseReplaces(value: string): Replaces | undefined {
  const reader = new ValueReader(value);
  reader.skipSpace();
  const callId = reader.until((code) => code === SEMICOLON).trimEnd();
  const params = reader.parameters();
  const toTag = params?.get('to-tag');
  const fromTag = params?.get('from-tag');
  if (callId === '' || !params || !toTag || !fromTag) return undefined;
  return { callId, toTag, fromTag, earlyOnly: params.has('early-only') };
}

/**
 * The dialog that an INVITE takes over.
 * @returns undefined where it takes over none. @throws {SipRejection} as RFC 3891 section 3 says: 400 for a header that is
 * malformed, repeated or stands beside Join; 481 where there is no such dialog, or one that its caller has not answered; 486
 * where it must not be answered and is; 603 where it has just ended.
 */
export function findReplaced(
  { request }: ReceivedRequest,
  dialogs: DialogTable<DialogSession>,
): ReplacedSession | undefined {
  const values = headerAll(request, 'Replaces');
  if (values.length === 0) return undefined;
  const replaces = values.length === 1 ? parseReplaces(values[0] ?? '') : undefined;
  if (!replaces || headerAll(request, 'Join').length > 0) throw new SipRejection(400, 'Malformed Replaces');
  const { callId, toTag, fromTag, earlyOnly } = replaces;
  const session = dialogs.find({ callId, localTag: toTag, remoteTag: fromTag });
  if (!session) throw new SipRejection(481, 'No Dialog to Replace');
  if (session.end) throw new SipRejection(603, 'Dialog Has Ended');
  if (session.isUp && earlyOnly) throw new SipRejection(486, 'Dialog Is Answered');
  if (!session.isUp && !session.isInitiator) throw new SipRejection(481, 'No Dialog to Replace');
  return { session, earlyOnly };
}
