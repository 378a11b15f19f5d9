/** What a tool may do to the call; the engine fulfils it. */
export interface ToolLine {
  /** Ends the call once all that was said before has been heard. */
  endCall(): void;
  sendDtmf(digits: string): void;
}

export interface ToolResult {
  /** Text for the model. */
  content: string;
  /** The model is not asked again: the call ends or leaves the agent. */
  endsTurn?: boolean;
}
