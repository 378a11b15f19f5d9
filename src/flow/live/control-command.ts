import type { AgentDestination } from '../../domain/agents/agent.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';

/** What somebody outside the call may ask of it while it is up. */
export type ControlCommand =
  /** The agent speaks this text. */
  | { type: 'say'; content: string; endCallAfterSpoken: boolean }
  /** Goes into the history; with `respond` the agent answers it at once. */
  | {
      type: 'add-message';
      message: { role: 'system' | 'user' | 'assistant'; content: string };
      respond: boolean;
    }
  | { type: 'mute'; muted: boolean }
  | { type: 'say-first-message' }
  | { type: 'end-call' }
  /** The caller goes to somebody else; `content` is spoken before. Unset: what the destination says. */
  | { type: 'move'; destination: TransferDestination | AgentDestination; content?: string };
