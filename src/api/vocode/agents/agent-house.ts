import type { Agent } from '../../../domain/agents/agent.ts';
import type { ListQuery, Page } from '../../../domain/page.ts';
import type { AgentChanges, ExpandedAgent } from '../../server/agent-changes.ts';
import { AgentParts } from '../../server/agent-parts.ts';
import { accountConnection } from '../account-connections/find.ts';
import { fromAccountConnection } from '../account-connections/from-domain.ts';
import type { VocodeContext } from '../context.ts';
import { notFound, refusal } from '../errors.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromAgent } from './from-domain.ts';
import type { AgentParams, AgentUpdateParams, CreateCallAgentParams } from './schema.ts';
import { expandedCopy, stockAgent, stockAgentId } from './stock-agent.ts';
import { withFields, withNewFields } from './to-domain.ts';
import { agentWriters, type VocodeBodies } from './writers.ts';

type Path = readonly PropertyKey[];

/** The org's agents as this dialect reads and writes them, the stock agent among them. */
export class AgentHouse {
  readonly #context: VocodeContext;
  readonly #revision: VocodeRevision;
  readonly #parts: AgentParts<VocodeBodies>;

  constructor(context: VocodeContext, revision: VocodeRevision) {
    this.#context = context;
    this.#revision = revision;
    this.#parts = new AgentParts(context, agentWriters(revision));
  }

  /** @returns undefined when the org has no such agent. */
  async get(orgId: string, id: string): Promise<ExpandedAgent | undefined> {
    const stored = await this.#parts.get(orgId, id);
    return stored ?? (id === stockAgentId(orgId) ? this.#stock(orgId) : undefined);
  }

  /** The agent that stands for one where there is none. */
  async stock(orgId: string): Promise<ExpandedAgent> {
    return (await this.#parts.get(orgId, stockAgentId(orgId))) ?? this.#stock(orgId);
  }

  page(orgId: string, query: ListQuery): Promise<Page<Agent>> {
    return this.#parts.page(orgId, query);
  }

  /** An agent for one call alone. @throws {RequestInvalidError | ExchangeError} for a field, or what it names. */
  async transient(orgId: string, body: CreateCallAgentParams, path: Path): Promise<Agent> {
    await this.checkAccount(orgId, body);
    const now = this.#context.clock.now();
    const apply = (blank: Agent) => withNewFields(blank, body, now);
    return this.#parts.transient(orgId, { ...partsOf(body), apply }, path);
  }

  /** @throws {RequestInvalidError | ExchangeError} for a field, or what it names. */
  async create(orgId: string, body: AgentParams, path: Path = []): Promise<ExpandedAgent> {
    await this.checkAccount(orgId, body);
    const now = this.#context.clock.now();
    const apply = (blank: Agent) => withNewFields(blank, body, now);
    return this.#parts.create(orgId, { ...partsOf(body), apply }, path);
  }

  /**
   * @returns undefined when the org has no such agent.
   * @throws {RequestInvalidError | ExchangeError} for a field, or what it names.
   */
  async change(
    orgId: string,
    id: string,
    body: AgentUpdateParams,
    path: Path = [],
  ): Promise<ExpandedAgent | undefined> {
    await this.checkAccount(orgId, body);
    const changes = { ...partsOf(body), apply: (agent: Agent) => this.#changed(agent, body) };
    const changed = await this.#parts.change(orgId, id, changes, path);
    if (changed || id !== stockAgentId(orgId)) return changed;
    return this.#makeReal(orgId, body, path);
  }

  /** A real agent that begins as the stock one. @throws {RequestInvalidError | ExchangeError} */
  async createFromStock(orgId: string, body: AgentUpdateParams, path: Path = []): Promise<ExpandedAgent> {
    await this.checkAccount(orgId, body);
    const { id: _, ...stock } = stockAgent(orgId, this.#context.clock.now());
    const apply = (blank: Agent) => this.#changed({ ...blank, ...stock }, body);
    return this.#parts.create(orgId, { ...partsOf(body), apply }, path);
  }

  /** The id of an agent that a body names; the stock one becomes real by it. @throws {ExchangeError} 404 */
  async requireId(orgId: string, id: string): Promise<string> {
    if (await this.#context.agents.get(orgId, id)) return id;
    if (id !== stockAgentId(orgId)) throw notFound(`Agent ${id}`);
    return (await this.#makeReal(orgId, {}, [])).agent.id;
  }

  /** @throws {ExchangeError} when the account of a model is not there, or one of another vendor. */
  async checkAccount(
    orgId: string,
    { openai_account_connection: id }: Pick<AgentUpdateParams, 'openai_account_connection'>,
  ): Promise<void> {
    if (!id) return;
    const found = await accountConnection(this.#context.credentials, orgId, id);
    if (!found) throw notFound(`Account connection ${id}`);
    if (found.provider !== 'openai') throw refusal(`Account connection ${id} is not one of OpenAI.`);
  }

  async show(expanded: ExpandedAgent): Promise<Record<string, unknown>> {
    const { orgId, brainCredentialId } = expanded.agent;
    const account =
      brainCredentialId === undefined
        ? undefined
        : await accountConnection(this.#context.credentials, orgId, brainCredentialId);
    const isShown = account?.provider === 'openai';
    return fromAgent(this.#revision, expanded, isShown ? fromAccountConnection(account) : undefined);
  }

  async #makeReal(orgId: string, body: AgentUpdateParams, path: Path): Promise<ExpandedAgent> {
    const stock = stockAgent(orgId, this.#context.clock.now());
    try {
      const apply = () => this.#changed(stock, body);
      return await this.#parts.create(orgId, { ...partsOf(body), apply }, path);
    } catch (error) {
      // Somebody else may have made it meanwhile.
      const apply = (agent: Agent) => this.#changed(agent, body);
      const changed = await this.#parts.change(orgId, stock.id, { ...partsOf(body), apply }, path);
      if (!changed) throw error;
      return changed;
    }
  }

  #changed(agent: Agent, body: AgentUpdateParams): Agent {
    return withFields(agent, body, this.#context.clock.now());
  }

  #stock(orgId: string): ExpandedAgent {
    return expandedCopy(stockAgent(orgId, 0));
  }
}

type PartsOfAgent = Omit<AgentChanges<VocodeBodies>, 'apply'>;

function partsOf(body: AgentParams | AgentUpdateParams): PartsOfAgent {
  const { prompt, voice, webhook, vector_database: vectorDatabase, actions } = body;
  return {
    prompt,
    voice,
    webhook,
    vectorDatabase,
    actions: actions?.filter((action) => action !== undefined && action !== null),
  } as PartsOfAgent;
}
