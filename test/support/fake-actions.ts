import type { AgentDestination, AgentTool } from '../../src/domain/agents/agent.ts';
import type { TransferDestination } from '../../src/domain/numbers/destination.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type {
  CallActions,
  MoveManner,
  MoveResult,
  ServerToolCall,
  ServerToolResult,
} from '../../src/voice/tools/contract.ts';
import { namedDestination } from '../../src/voice/tools/destination-names.ts';

export interface FakeActionsOptions {
  clock: Clock;
  /** What the server answers for a call; unset: `done`. */
  answer?: (call: ServerToolCall) => Omit<ServerToolResult, 'id'> | undefined;
  /** Until the server answers. */
  serverMs?: number;
  /** What the server answers where the tool's own list does not tell. */
  choice?: Awaited<ReturnType<CallActions['chooseDestination']>>;
  chooseMs?: number;
  move?: MoveResult | ((destination: TransferDestination | AgentDestination) => Promise<MoveResult>);
  moveMs?: number;
  /** Whether the customer's server hangs up itself. */
  hangsUpElsewhere?: boolean;
  /** The caller waits while the agent talks to somebody who was called in. */
  callerWaits?: () => boolean;
  /** It breaks its promise and rejects. */
  rejects?: boolean;
}

/** What a call offers beyond the line, as a test has it. */
export class FakeActions implements CallActions {
  /** Calls as they came, together where they came together. */
  readonly served: { calls: ServerToolCall[]; at: number; signal: AbortSignal }[] = [];
  readonly chosen: { tool: AgentTool; input: unknown }[] = [];
  readonly moves: {
    destination: TransferDestination | AgentDestination;
    toolCallId: string;
    manner: MoveManner;
    at: number;
  }[] = [];
  /** Music for the caller, begun and ended. */
  readonly holds: { held: boolean; at: number }[] = [];
  /** When the customer's server was asked to hang up. */
  readonly delegated: number[] = [];
  readonly #options: FakeActionsOptions;

  constructor(options: FakeActionsOptions) {
    this.#options = options;
  }

  async callServer(calls: ServerToolCall[], signal: AbortSignal): Promise<ServerToolResult[]> {
    const { clock, answer = () => ({ result: 'done' }), serverMs = 0, rejects } = this.#options;
    this.served.push({ calls, at: clock.now(), signal });
    if (rejects) throw new Error('the server client is broken');
    await pass(clock, serverMs);
    return calls.flatMap((call) => {
      const result = answer(call);
      return result ? [{ id: call.id, ...result }] : [];
    });
  }

  async chooseDestination(tool: AgentTool, input: unknown): ReturnType<CallActions['chooseDestination']> {
    const { clock, choice, chooseMs = 0 } = this.#options;
    this.chosen.push({ tool, input });
    await pass(clock, chooseMs);
    const named = namedDestination(tool, input);
    if (named && named.type !== 'dynamic') return { destination: named };
    return choice ?? { error: 'no such destination' };
  }

  delegateHangUp(): boolean {
    const { clock, hangsUpElsewhere = false } = this.#options;
    if (hangsUpElsewhere) this.delegated.push(clock.now());
    return hangsUpElsewhere;
  }

  async holdCaller(held: boolean): Promise<void> {
    this.holds.push({ held, at: this.#options.clock.now() });
  }

  callerWaits(): boolean {
    return this.#options.callerWaits?.() ?? false;
  }

  async moveTo(
    destination: TransferDestination | AgentDestination,
    toolCallId: string,
    manner: MoveManner = { waiting: 'ringback', agentStays: false },
  ): Promise<MoveResult> {
    const { clock, move = { moved: true }, moveMs = 0 } = this.#options;
    this.moves.push({ destination, toolCallId, manner, at: clock.now() });
    await pass(clock, moveMs);
    return typeof move === 'function' ? move(destination) : move;
  }
}

function pass(clock: Clock, ms: number): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve) => clock.setTimeout(resolve, ms));
}
