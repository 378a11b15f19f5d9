import type { AgentRepository } from '../../domain/agents/agent-repository.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import type { NumberRepository } from '../../domain/numbers/number-repository.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import type { SquadRepository } from '../../domain/squads/squad-repository.ts';
import type { ToolRepository } from '../../domain/tools/tool-repository.ts';
import type { OutboundCalls } from '../../flow/outbound/outbound-calls.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';

/** What the handlers of this dialect work with. */
export interface VapiContext {
  numbers: NumberRepository;
  agents: AgentRepository;
  credentials: CredentialRepository;
  calls: CallRepository;
  squads: SquadRepository;
  tools: ToolRepository;
  orgs: Pick<OrgRepository, 'getOrg'>;
  /** Places calls. */
  outbound: OutboundCalls;
  clock: Clock;
  logger: Logger;
  /** Host of the SIP URIs that the exchange makes; may change once its sockets are bound. */
  sipDomain(): string;
  /** Base of the URLs handed out, without a slash at its end. */
  publicUrl(): string;
  /** Folder that holds the recordings' files. */
  recordingsDir: string;
}
