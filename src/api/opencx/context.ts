import type { AgentRepository } from '../../domain/agents/agent-repository.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import type { ScenarioRepository } from '../../domain/knowledge/knowledge-repository.ts';
import type { NumberRepository } from '../../domain/numbers/number-repository.ts';
import type { StoredDestinationRepository } from '../../domain/numbers/stored-destination-repository.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import type { ToolRepository } from '../../domain/tools/tool-repository.ts';
import type { OutboundCalls } from '../../flow/outbound/outbound-calls.ts';
import type { Clock } from '../../lib/clock.ts';

/** What the handlers of this dialect work with. */
export interface OpencxContext {
  agents: AgentRepository;
  numbers: NumberRepository;
  tools: ToolRepository;
  scenarios: ScenarioRepository;
  destinations: StoredDestinationRepository;
  credentials: CredentialRepository;
  orgs: OrgRepository;
  /** Places calls. */
  outbound: OutboundCalls;
  clock: Clock;
  /** Host of the SIP URIs that the exchange makes; may change once its sockets are bound. */
  sipDomain(): string;
  /** Whether the operator gave the exchange a key of this vendor, for every org. */
  hasVendorKey(provider: string): boolean;
}
