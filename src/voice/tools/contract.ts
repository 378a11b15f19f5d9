import type { AgentDestination, AgentTool, ToolMessage } from '../../domain/agents/agent.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';

/** One call of a function tool, for the customer's server. */
export interface ServerToolCall {
  id: string;
  tool: AgentTool;
  name: string;
  arguments: unknown;
}

/** What the customer's server made of it. */
export interface ServerToolResult {
  id: string;
  /** Text for the model; with `error` what went wrong. */
  result?: string;
  error?: string;
  /** Instead of the tool's own request-complete or request-failed message. One of the other kind counts for nothing. */
  message?: string | ToolMessage;
}

/** What somebody hears who waits for another one. */
export type WaitingTone = 'ringback' | 'music';

/** How a tool brings the caller to somebody else. */
export interface MoveManner {
  /** What the caller hears until then. */
  waiting: WaitingTone;
  /** Whoever is called joins the caller and the agent, who stays. */
  agentStays: boolean;
  /** Whoever is called hears the agent alone first: the caller waits until the agent takes him off hold. */
  callerWaits?: true;
}

/** How a transfer or handoff that the model asked for went. */
export type MoveResult =
  /** The caller leaves the agent: its turn is over. */
  | { moved: true }
  /** Somebody has come to the caller and the agent, or with `callerWaits` to the agent alone. */
  | { moved: false; joined: true; callerWaits?: true }
  /** The customer's server was asked to move the caller, and will or will not: until then he is the agent's. */
  | { moved: false; delegated: true }
  /** `said`: what the caller is to be told, instead of what the model would make of the error. */
  | { moved: false; error: string; said?: { content: string; endsCall: boolean } };

/** What tools ask of the call beyond the line; wired by flow. None rejects. */
export interface CallActions {
  /**
   * @param signal raised when the agent's part ends and nobody waits for the answer any more: never by an interruption,
   * and not at all for `async` tools, which are called for their effect.
   */
  callServer(calls: ServerToolCall[], signal: AbortSignal): Promise<ServerToolResult[]>;
  /** Which destination is meant: of the tool's own list by its argument, else the customer's server is asked. */
  chooseDestination(
    tool: AgentTool,
    input: unknown,
    signal: AbortSignal,
  ): Promise<{ destination: TransferDestination | AgentDestination; message?: string } | { error: string }>;
  /**
   * Moves the caller: dials and bridges, or lets another agent take over.
   * @param toolCallId the tool call that asked for it. @param manner unset: he is put through, and hears ringing until then.
   */
  moveTo(
    destination: TransferDestination | AgentDestination,
    toolCallId?: string,
    manner?: MoveManner,
  ): Promise<MoveResult>;
  /**
   * Plays music to the caller or ends it; resolves when the line is free for words. A caller who waits while the agent talks
   * to somebody who was called in is brought to the two by `true`.
   */
  holdCaller(held: boolean): Promise<void>;
  /** Whether he waits so. */
  callerWaits(): boolean;
  /** Asks the customer's server to hang up, where that is its task. @returns whether it is: then the agent stays until it does. */
  delegateHangUp(): boolean;
}

/** What a tool may do to the call; the engine fulfils it. */
export interface ToolLine {
  /** Ends the call once all that was said before has been heard. */
  endCall(): void;
  /** @param digits keys `0-9 * # A-D`; `w` waits half a second, `W` one second. */
  sendDtmf(digits: string): void;
  /**
   * Once all that was said before has been heard: music for the caller until somebody speaks (`waits`), or the end of his
   * waiting for whoever was called in (`joins`).
   */
  holdCaller(): 'waits' | 'joins';
}

export interface ToolResult {
  /** Text for the model. */
  content: string;
  failed?: boolean;
  /** The model is not asked again: the call ends or leaves the agent. */
  endsTurn?: boolean;
  /** Nothing is to be said of it, and the model is not asked again for its sake. */
  unspoken?: boolean;
}

interface ToolBase {
  /** As the agent has it. */
  readonly tool: AgentTool;
  /** As the model is told of it: with name, description and parameters. */
  readonly definition: AgentTool;
}

/** A tool that the exchange runs itself, on the line. */
export interface LineTool extends ToolBase {
  readonly kind: 'line';
  /** @param input what the model sent; it may be anything. */
  run(input: unknown, line: ToolLine): ToolResult;
}

/** A tool that the customer's server runs, or the exchange away from the line. */
export interface ServerTool extends ToolBase {
  readonly kind: 'server';
  /** Nothing is said while it runs: its answer is there at once, or it is not for the caller's ears. */
  readonly quiet?: boolean;
}

/** A tool that moves the caller to somebody else. */
export interface MoveTool extends ToolBase {
  readonly kind: 'move';
}

export type LiveTool = LineTool | ServerTool | MoveTool;
