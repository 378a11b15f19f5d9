import type { Call, CallMessage } from '../../../domain/calls/call.ts';
import type { AgentChoice } from '../../../domain/calls/outbound-order.ts';
import { projectEvents } from '../../../domain/calls/project-events.ts';
import type { ExpandedAgent } from '../../server/agent-changes.ts';
import { endCall } from '../../server/end-call.ts';
import { numberByText } from '../../server/number-lookup.ts';
import { placedCall } from '../../server/placed-call.ts';
import type { AgentHouse } from '../agents/agent-house.ts';
import { expandedCopy, stockAgentId } from '../agents/stock-agent.ts';
import type { VocodeContext } from '../context.ts';
import { notFound, refusal } from '../errors.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromCall } from './from-domain.ts';
import type { CreateCallBody } from './schema.ts';
import { toOrder } from './to-domain.ts';

type Json = Record<string, unknown>;

/** Places and shows the org's calls, and ends those that are up. */
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
    const ended = await endCall(this.#context, await this.find(orgId, id));
    if (!ended) throw refusal('This call cannot be ended here: another process of the exchange has it.');
    return ended;
  }

  /** Places a call. @throws {RequestInvalidError | ExchangeError} 404 for what is not there, 400 where it may not go out */
  async create(orgId: string, body: CreateCallBody): Promise<Call> {
    const { agent: given } = body;
    const agent: AgentChoice =
      typeof given === 'string'
        ? { kind: 'agent', agentId: await this.#agents.requireId(orgId, given) }
        : { kind: 'transient-agent', agent: await this.#agents.transient(orgId, given, ['agent']) };
    const number = await numberByText(this.#context.numbers, orgId, body.from_number);
    if (!number) throw notFound('Phone number');
    return placedCall(this.#context.outbound, toOrder(body, { orgId, agent, number }), (sentence) =>
      refusal(`The call cannot be placed: ${sentence}.`),
    );
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
