import type { ApiKey, Org } from './org.ts';

export interface OrgRepository {
  insertOrg(org: Org): Promise<void>;
  getOrg(id: string): Promise<Org | undefined>;
  /** Replaces the row by what `change` makes of it, in one transaction. */
  updateOrg(id: string, change: (org: Org) => Org): Promise<Org | undefined>;
  listOrgs(): Promise<Org[]>;
  /** @param hash SHA-256 of the key in hex. */
  insertKey(key: ApiKey, hash: string): Promise<void>;
  /** The key with this hash, unless it was revoked. */
  findKey(hash: string): Promise<ApiKey | undefined>;
  listKeys(orgId?: string): Promise<ApiKey[]>;
  /** @returns the revoked key, or undefined when there is none by this id or prefix. */
  revokeKey(idOrPrefix: string, at: number): Promise<ApiKey | undefined>;
}
