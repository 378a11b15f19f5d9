import type { MonitorPlan } from '../../domain/agents/agent.ts';
import type { Call } from '../../domain/calls/call.ts';
import type { Emitter } from '../../lib/emitter.ts';
import type { MediaTap } from '../../media/media-session.ts';
import type { CallNotice } from '../server-messages.ts';
import type { ControlCommand } from './control-command.ts';

/** A call that is up, as those outside it see it: they may watch it, listen to it and steer it. */
export interface LiveCall {
  /** As it stands now. */
  readonly call: Call;
  /** Of the agent that speaks now; empty before one was found. */
  readonly monitorPlan: MonitorPlan;
  /** What happens; `call` is up to date when it is told. */
  readonly notices: Emitter<CallNotice>;
  /** Both sides of the caller's line. */
  tap(): MediaTap;
  /**
   * Resolves once the command was taken; what comes of it is in the timeline.
   * @throws {ExchangeError} `agent-absent` when it needs an agent and none is on the line.
   */
  control(command: ControlCommand): Promise<void>;
}
