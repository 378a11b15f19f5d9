import type { AgentRepository } from '../../domain/agents/agent-repository.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import type { NumberRepository } from '../../domain/numbers/number-repository.ts';
import type { PartRepository } from '../../domain/parts/part-repository.ts';
import type { ToolRepository } from '../../domain/tools/tool-repository.ts';
import type { LiveCalls } from '../../flow/live/live-calls.ts';
import type { OutboundCalls } from '../../flow/outbound/outbound-calls.ts';
import type { Clock } from '../../lib/clock.ts';

/** What the handlers of this dialect work with. */
export interface VocodeContext {
  numbers: NumberRepository;
  agents: AgentRepository;
  credentials: CredentialRepository;
  calls: CallRepository;
  tools: ToolRepository;
  parts: PartRepository;
  /** The calls that are up in this process, to be ended. */
  live: LiveCalls;
  /** Places calls. */
  outbound: OutboundCalls;
  clock: Clock;
  /** Folder that holds the recordings' files. */
  recordingsDir: string;
}
