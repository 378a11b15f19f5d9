import { sql } from 'kysely';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import {
  type NumberQuery,
  type NumberRepository,
  NumberTakenError,
} from '../../domain/numbers/number-repository.ts';
import type { Page } from '../../domain/page.ts';
import { Emitter } from '../../lib/emitter.ts';
import { type Database, refusingIndex } from '../database.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { addressScope, foldForSearch, searchTextOf, sipUserKey, sipUserOf } from './number-keys.ts';
import { type Narrow, OwnedDocuments } from './owned-documents.ts';

/** Tells the caller which value is taken where a unique index refused the row. */
async function orTaken<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const index = refusingIndex(error);
    if (index?.includes('sip_user')) throw new NumberTakenError('sipUri');
    if (index?.includes('address')) throw new NumberTakenError('number');
    throw error;
  }
}

export class SqlNumberRepository implements NumberRepository {
  /** A number whose write is on disk. */
  readonly changed = new Emitter<PhoneNumber>();
  readonly #database: Database;
  readonly #numbers: OwnedDocuments<PhoneNumber>;

  constructor(database: Database, codec: DocumentCodec) {
    this.#database = database;
    this.#numbers = new OwnedDocuments<PhoneNumber>(database, codec, 'numbers', (number) => ({
      address: number.address ?? null,
      address_scope: addressScope(number),
      sip_user: sipUserOf(number.sipUri) ?? null,
      credential_id: number.credentialId ?? null,
      agent_id: number.binding.agentId ?? null,
      search_text: searchTextOf(number),
    }));
  }

  async insert(number: PhoneNumber): Promise<void> {
    await orTaken(this.#numbers.insert(number));
    this.changed.emit(number);
  }

  get(orgId: string, id: string): Promise<PhoneNumber | undefined> {
    return this.#numbers.get(orgId, id);
  }

  list(orgId: string, query: NumberQuery): Promise<PhoneNumber[]> {
    return this.#numbers.list(orgId, query, this.#search(query));
  }

  page(orgId: string, query: NumberQuery): Promise<Page<PhoneNumber>> {
    return this.#numbers.page(orgId, query, this.#search(query));
  }

  async update(
    orgId: string,
    id: string,
    change: (number: PhoneNumber) => PhoneNumber,
  ): Promise<PhoneNumber | undefined> {
    const updated = await orTaken(this.#numbers.update(orgId, id, change));
    if (updated) this.changed.emit(updated);
    return updated;
  }

  remove(orgId: string, id: string): Promise<PhoneNumber | undefined> {
    return this.#numbers.remove(orgId, id);
  }

  async findBySipUser(user: string): Promise<PhoneNumber | undefined> {
    const [number] = await this.#numbers.find((query) => query.where('sip_user', '=', sipUserKey(user)));
    return number;
  }

  findByAddress(address: string): Promise<PhoneNumber[]> {
    return this.#numbers.find((query) =>
      query.where('address', '=', address).orderBy('created_at').orderBy('id'),
    );
  }

  async findOnTrunk(credentialId: string, address: string | undefined): Promise<PhoneNumber | undefined> {
    const [number] = await this.#numbers.find((query) => {
      const own = query.where('address_scope', '=', credentialId);
      if (address !== undefined) return own.where('address', '=', address);
      // As an expression: the index of SIP users, in which most numbers have none, must not be taken for it.
      const unnamed = own.where('address', 'is', null).where(sql<boolean>`coalesce(sip_user, '') = ''`);
      return unnamed.orderBy('created_at').orderBy('id').limit(1);
    });
    return number;
  }

  findByCredential(credentialId: string, limit: number): Promise<PhoneNumber[]> {
    return this.#numbers.find((query) =>
      query.where('credential_id', '=', credentialId).orderBy('created_at').orderBy('id').limit(limit),
    );
  }

  async findTwin(
    orgId: string,
    { address, sipUri, credentialId }: { address?: string; sipUri?: string; credentialId?: string },
  ): Promise<PhoneNumber | undefined> {
    const user = sipUserOf(sipUri);
    if (user !== undefined) {
      const [number] = await this.#numbers.find((query) =>
        query.where('org_id', '=', orgId).where('sip_user', '=', user),
      );
      if (number) return number;
    }
    if (address === undefined) return undefined;
    const [number] = await this.#numbers.find((query) => {
      const named = query.where('org_id', '=', orgId).where('address', '=', address);
      // Numbers of other credentials are other numbers, also where they look the same.
      return credentialId === undefined
        ? named.where('credential_id', 'is', null)
        : named.where('credential_id', '=', credentialId);
    });
    return number;
  }

  oldestOfAgents(orgId: string, agentId?: string): Promise<PhoneNumber[]> {
    // One look into the index for each agent, however many numbers it has.
    const oldest = sql`(
      select bound.id from numbers as bound
      where bound.agent_id = agents.id and bound.org_id = agents.org_id
      order by bound.created_at, bound.id
      limit 1
    )`;
    const one = agentId === undefined ? sql`` : sql`and agents.id = ${agentId}`;
    return this.#numbers.find((query) =>
      query.where(sql<boolean>`id in (select ${oldest} from agents where agents.org_id = ${orgId} ${one})`),
    );
  }

  count(orgId: string): Promise<number> {
    return this.#numbers.count(orgId);
  }

  #search({ search }: NumberQuery): Narrow {
    const needle = foldForSearch(search ?? '');
    if (needle === '') return (query) => query;
    return (query) => query.where(this.#database.engine.numberMatches(needle));
  }
}
