import type { MonitorPlan } from '../../src/domain/agents/agent.ts';
import type { Call } from '../../src/domain/calls/call.ts';
import type { ControlCommand } from '../../src/flow/live/control-command.ts';
import type { LiveCall } from '../../src/flow/live/live-call.ts';
import type { CallNotice } from '../../src/flow/server-messages.ts';
import { Emitter } from '../../src/lib/emitter.ts';
import type { MediaTap } from '../../src/media/media-session.ts';

/** A live call of which the test says what happens. */
export class FakeLiveCall implements LiveCall {
  call: Call;
  monitorPlan: MonitorPlan = {};
  readonly notices = new Emitter<CallNotice>();
  readonly commands: ControlCommand[] = [];
  /** Thrown by the next commands. */
  refusal: Error | undefined;
  readonly #taps = new Set<Emitter<Int16Array>>();

  constructor(call: Call) {
    this.call = call;
  }

  get tapCount(): number {
    return this.#taps.size;
  }

  tap(): MediaTap {
    const audio = new Emitter<Int16Array>();
    this.#taps.add(audio);
    return { audio, close: () => void this.#taps.delete(audio) };
  }

  /** A block of both sides passes on the line. */
  hear(block: Int16Array): void {
    for (const audio of this.#taps) audio.emit(block);
  }

  async control(command: ControlCommand): Promise<void> {
    if (this.refusal) throw this.refusal;
    this.commands.push(command);
  }
}
