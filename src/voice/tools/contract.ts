import type { AgentTool } from '../../domain/agents/agent.ts';

/** What a tool may do to the call; the engine fulfils it. */
export interface ToolLine {
  /** Ends the call once all that was said before has been heard. */
  endCall(): void;
  /** @param digits keys `0-9 * # A-D`; `w` waits half a second, `W` one second. */
  sendDtmf(digits: string): void;
}

export interface ToolResult {
  /** Text for the model. */
  content: string;
  /** The model is not asked again: the call ends or leaves the agent. */
  endsTurn?: boolean;
}

/** A tool that the exchange runs itself. */
export interface LiveTool {
  /** As the model is told of it: with name, description and parameters. */
  readonly definition: AgentTool;
  /** @param input what the model sent; it may be anything. */
  run(input: unknown, line: ToolLine): ToolResult;
}
