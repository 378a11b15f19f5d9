import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { DialogTable } from '../dialog/dialog-table.ts';
import type { TimerValues } from '../transaction/timers.ts';
import type { Capabilities } from './capabilities.ts';
import type { DialogSession } from './dialog-session.ts';
import type { RequestSender } from './request-sender.ts';
import type { Responder } from './responder.ts';
import type { ReliableProvisional } from './session.ts';
import type { SessionTimerSettings } from './session-timer.ts';

/** What sessions share: the layers below them and the tables that they are found in. */
export interface SessionContext {
  readonly clock: Clock;
  readonly timers: TimerValues;
  readonly logger: Logger;
  /** What we call ourselves in User-Agent and Server. */
  readonly productName: string;
  readonly capabilities: Capabilities;
  readonly sessionTimer: SessionTimerSettings;
  readonly reliableProvisional: ReliableProvisional;
  readonly sender: RequestSender;
  readonly responder: Responder;
  readonly dialogs: DialogTable<DialogSession>;
  /** Sessions that have not ended. */
  readonly sessions: Set<DialogSession>;
}
