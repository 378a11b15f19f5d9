import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { NumberTakenError } from '../../../domain/numbers/number-repository.ts';
import { newId } from '../../../lib/ids.ts';
import { fieldInvalid } from '../../server/failure.ts';
import { numberByText } from '../../server/number-lookup.ts';
import { accountConnection } from '../account-connections/find.ts';
import { fromAccountConnection } from '../account-connections/from-domain.ts';
import type { TwilioCredential } from '../account-connections/to-domain.ts';
import type { AgentHouse } from '../agents/agent-house.ts';
import { stockAgentId } from '../agents/stock-agent.ts';
import type { VocodeContext } from '../context.ts';
import { notFound, refusal } from '../errors.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromNumber } from './from-domain.ts';
import type { BuyNumberBody, LinkNumberBody, UpdateNumberBody } from './schema.ts';
import { toNumber, withAgent, withChanges } from './to-domain.ts';

type Json = Record<string, unknown>;
type FirstAgent = BuyNumberBody['inbound_agent'];

const AGENT_KEY = 'inbound_agent';

/** Finds, changes and shows the org's numbers. */
export class NumberDesk {
  readonly #context: VocodeContext;
  readonly #revision: VocodeRevision;
  readonly #agents: AgentHouse;

  constructor(context: VocodeContext, revision: VocodeRevision, agents: AgentHouse) {
    this.#context = context;
    this.#revision = revision;
    this.#agents = agents;
  }

  /** @throws {ExchangeError} 404 */
  async find(orgId: string, text: string): Promise<PhoneNumber> {
    const number = await numberByText(this.#context.numbers, orgId, text);
    if (!number) throw notFound('Phone number');
    return number;
  }

  /** @throws {RequestInvalidError | ExchangeError} for a field, or what it names. */
  async update(orgId: string, text: string, body: UpdateNumberBody): Promise<PhoneNumber> {
    const { id, binding } = await this.find(orgId, text);
    const { inbound_agent: given } = body;
    const agentId = given && (await this.#agentOf(orgId, given, binding.agentId));
    const now = this.#context.clock.now();
    const changed = await this.#context.numbers.update(orgId, id, (number) => {
      const draft = withChanges(number, body, now);
      return given === undefined ? draft : withAgent(draft, agentId ?? undefined);
    });
    if (!changed) throw notFound('Phone number');
    return changed;
  }

  /** Gives the number up: the exchange answers it no longer. @throws {ExchangeError} 404 */
  async cancel(orgId: string, text: string): Promise<Json> {
    const { id } = await this.find(orgId, text);
    const removed = await this.#context.numbers.remove(orgId, id);
    if (!removed) throw notFound('Phone number');
    return { ...(await this.show(removed)), active: false };
  }

  /** @throws {RequestInvalidError | ExchangeError} for a field, or what it names. */
  async link(orgId: string, body: LinkNumberBody): Promise<PhoneNumber> {
    const now = this.#context.clock.now();
    const credential = await this.#twilioAccount(orgId, body.telephony_account_connection);
    const number = toNumber(body, credential, { id: newId(now), orgId, now });
    if (!number.address?.startsWith('+')) {
      throw fieldInvalid(['phone_number'], 'must be a phone number with its country code');
    }
    const others = await this.#context.numbers.findByAddress(number.address);
    const same = others.find((other) => other.orgId === orgId && other.credentialId === credential.id);
    if (same) return this.#linkedAgain(same, body);
    if (others.length > 0) throw taken();
    const agentId = await this.firstAgentOf(orgId, body.inbound_agent);
    const bound = withAgent(number, agentId);
    try {
      await this.#context.numbers.insert(bound);
    } catch (error) {
      throw error instanceof NumberTakenError ? taken() : error;
    }
    return bound;
  }

  /** A number that comes again from the account that it is at: it stays the one it is, with what is named now. */
  async #linkedAgain(number: PhoneNumber, body: LinkNumberBody): Promise<PhoneNumber> {
    const { inbound_agent: given, outbound_only } = body;
    const named = given === 'default' ? undefined : given;
    return this.update(number.orgId, number.address ?? '', {
      ...(outbound_only !== undefined && { outbound_only }),
      ...(named && { inbound_agent: typeof named === 'string' ? { id: named } : { body: named } }),
    });
  }

  /** What a purchase names must be there, although nothing is sold. @throws {ExchangeError} 404 */
  async checkPurchase(orgId: string, body: BuyNumberBody): Promise<void> {
    const { telephony_account_connection: accountId, inbound_agent: agent } = body;
    if (accountId) await this.#twilioAccount(orgId, accountId);
    if (typeof agent === 'string' && agent !== 'default' && !(await this.#agents.get(orgId, agent))) {
      throw notFound(`Agent ${agent}`);
    }
    if (agent && typeof agent === 'object') await this.#agents.checkAccount(orgId, agent);
  }

  /** Makes the agent of a number that comes. @returns undefined where there is to be none. */
  async firstAgentOf(orgId: string, given: FirstAgent): Promise<string | undefined> {
    const path = [AGENT_KEY];
    if (given === 'default' || (!given && this.#revision.agentRequired)) {
      return (await this.#agents.createFromStock(orgId, {}, path)).agent.id;
    }
    if (!given) return undefined;
    if (typeof given === 'string') return this.#agents.requireId(orgId, given);
    return (await this.#agents.create(orgId, given, path)).agent.id;
  }

  async show(number: PhoneNumber): Promise<Json> {
    const { orgId, binding, credentialId } = number;
    const bound = binding.agentId === undefined ? undefined : await this.#agents.get(orgId, binding.agentId);
    const expanded = bound ?? (this.#revision.agentRequired ? await this.#agents.stock(orgId) : undefined);
    const account =
      credentialId === undefined
        ? undefined
        : await accountConnection(this.#context.credentials, orgId, credentialId);
    return fromNumber(this.#revision, number, {
      inboundAgent: expanded && (await this.#agents.show(expanded)),
      connection: account?.provider === 'twilio' ? fromAccountConnection(account) : undefined,
    });
  }

  /** The form that lists show: references by their ids. */
  showItem(number: PhoneNumber): Json {
    const { orgId, binding, carrier, credentialId } = number;
    const stock = this.#revision.agentRequired ? stockAgentId(orgId) : undefined;
    return fromNumber(this.#revision, number, {
      inboundAgent: binding.agentId ?? stock,
      connection: carrier === 'twilio' ? credentialId : undefined,
    });
  }

  /** The agent that an update gives a number, made or changed as it says. */
  async #agentOf(
    orgId: string,
    given: NonNullable<UpdateNumberBody['inbound_agent']>,
    currentId: string | undefined,
  ): Promise<string | undefined> {
    if (!('body' in given)) return this.#agents.requireId(orgId, given.id);
    const path = [AGENT_KEY];
    const { body } = given;
    // Fields under the id that they were read with change that agent; an invented id means nothing.
    for (const id of ['id' in given ? given.id : undefined, currentId]) {
      const changed = id === undefined ? undefined : await this.#agents.change(orgId, id, body, path);
      if (changed) return changed.agent.id;
    }
    return (await this.#agents.createFromStock(orgId, body, path)).agent.id;
  }

  async #twilioAccount(orgId: string, id: string): Promise<TwilioCredential> {
    const account = await accountConnection(this.#context.credentials, orgId, id);
    if (!account) throw notFound(`Account connection ${id}`);
    if (account.provider !== 'twilio') throw refusal(`Account connection ${id} is not one of Twilio.`);
    return account;
  }
}

function taken(): Error {
  return refusal('This phone number is linked already.');
}
