import type { Call, CallMessage } from '../../../domain/calls/call.ts';
import { projectEvents } from '../../../domain/calls/project-events.ts';
import type { ExpandedAgent } from '../../server/agent-changes.ts';
import type { AgentHouse } from '../agents/agent-house.ts';
import { expandedCopy, stockAgentId } from '../agents/stock-agent.ts';
import type { VocodeContext } from '../context.ts';
import { notFound, refusal } from '../errors.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromCall } from './from-domain.ts';
import type { CreateCallBody } from './schema.ts';

type Json = Record<string, unknown>;

/** Shows the org's calls, and ends those that are up. */
export class CallDesk {
  readonly #context: VocodeContext;
  readonly #revision: VocodeRevision;
  readonly #agents: AgentHouse;

  constructor(context: VocodeContext, revision: VocodeRevision, agents: AgentHouse) {
    this.#context = context;
    this.#revision = revision;
    this.#agents = agents;
  }

  /** @throws {ExchangeError} 404 */
  async find(orgId: string, id: string): Promise<Call> {
    const call = await this.#context.calls.get(orgId, id);
    if (!call) throw notFound('Call');
    return call;
  }

  /**
   * Hangs up. One that has ended stays as it is.
   * @throws {ExchangeError} 404, or 400 where another process of the exchange has the call.
   */
  async end(orgId: string, id: string): Promise<Call> {
    const call = await this.find(orgId, id);
    if (call.status === 'ended') return call;
    const live = call.monitorToken === undefined ? undefined : this.#context.live.find(call.monitorToken);
    if (!live) throw refusal('This call cannot be ended here: another process of the exchange has it.');
    await live.control({ type: 'end-call' });
    return this.find(orgId, id);
  }

  /** What an outbound call names must be there, although none is placed yet. @throws {ExchangeError} 404 */
  async checkCreate(orgId: string, { agent }: CreateCallBody): Promise<void> {
    if (typeof agent !== 'string') await this.#agents.checkAccount(orgId, agent);
    else if (!(await this.#agents.get(orgId, agent))) throw notFound(`Agent ${agent}`);
  }

  async show(call: Call): Promise<Json> {
    const [agent, messages, agentNumber] = await Promise.all([
      this.#agentOf(call),
      this.#messagesOf(call),
      this.#numberOf(call),
    ]);
    const view = { agent: await this.#agents.show(agent), messages, agentNumber };
    return fromCall(this.#revision, call, view, 'text');
  }

  /** The form that lists show: the agent by its id. */
  async showItem(call: Call): Promise<Json> {
    const [messages, agentNumber] = await Promise.all([this.#messagesOf(call), this.#numberOf(call)]);
    const agent = call.agentId ?? call.agent?.id ?? stockAgentId(call.orgId);
    return fromCall(this.#revision, call, { agent, messages, agentNumber }, 'seconds');
  }

  /** The agent that answered, as it was then; before one was found, and where none was, the stock one. */
  async #agentOf({ orgId, agent }: Call): Promise<ExpandedAgent> {
    return agent ? expandedCopy({ ...agent, orgId }) : this.#agents.stock(orgId);
  }

  /** While a call is up they are read from its timeline. */
  async #messagesOf(call: Call): Promise<readonly CallMessage[]> {
    if (call.messages) return call.messages;
    return projectEvents(await this.#context.calls.events(call.orgId, call.id)).messages;
  }

  async #numberOf({ orgId, numberId }: Call): Promise<string | undefined> {
    if (numberId === undefined) return undefined;
    const number = await this.#context.numbers.get(orgId, numberId);
    return number?.address ?? number?.sipUri;
  }
}
