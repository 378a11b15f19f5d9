import type { ListQuery, Page } from '../page.ts';
import type { PhoneNumber } from './number.ts';

/** Raised when a number or SIP URI is already taken; `field` says which. */
export class NumberTakenError extends Error {
  readonly field: 'number' | 'sipUri';

  constructor(field: 'number' | 'sipUri') {
    super(`${field} is already in use`);
    this.name = 'NumberTakenError';
    this.field = field;
  }
}

export interface NumberQuery extends ListQuery {
  /** Part of the name, the number or the SIP URI, in any case. */
  search?: string;
}

export interface NumberRepository {
  /** @throws {NumberTakenError} when the address or the SIP user part exists. */
  insert(number: PhoneNumber): Promise<void>;
  get(orgId: string, id: string): Promise<PhoneNumber | undefined>;
  list(orgId: string, query: NumberQuery): Promise<PhoneNumber[]>;
  page(orgId: string, query: NumberQuery): Promise<Page<PhoneNumber>>;
  /**
   * Replaces the row by what `change` makes of it, in one transaction; concurrent changes of one row are serialized.
   * @returns the new row, or undefined when the org has no such number.
   * @throws {NumberTakenError}
   */
  update(
    orgId: string,
    id: string,
    change: (number: PhoneNumber) => PhoneNumber,
  ): Promise<PhoneNumber | undefined>;
  /** @returns the removed row, or undefined when the org has none. */
  remove(orgId: string, id: string): Promise<PhoneNumber | undefined>;
  /** The number whose SIP URI has this user part, over all orgs, without regard to case. */
  findBySipUser(user: string): Promise<PhoneNumber | undefined>;
  /** Every number with this address, over all orgs (byo numbers are unique per credential only). */
  findByAddress(address: string): Promise<PhoneNumber[]>;
  /** The number of a trunk with this address; undefined: the oldest of those that have neither address nor SIP URI. */
  findOnTrunk(credentialId: string, address: string | undefined): Promise<PhoneNumber | undefined>;
  /** The numbers that come over a trunk or account, the oldest first, at most `limit`. */
  findByCredential(credentialId: string, limit: number): Promise<PhoneNumber[]>;
  /** The number of an org with this address or SIP URI, for the idempotent create. */
  findTwin(
    orgId: string,
    key: { address?: string; sipUri?: string; credentialId?: string },
  ): Promise<PhoneNumber | undefined>;
  /** Of each agent of the org, or of the one that is named, the oldest number that is bound to it, if it has one. */
  oldestOfAgents(orgId: string, agentId?: string): Promise<PhoneNumber[]>;
  count(orgId: string): Promise<number>;
}
