import type { ListQuery, Page } from '../page.ts';
import type { Credential } from './credential.ts';

export interface CredentialRepository {
  insert(credential: Credential): Promise<void>;
  get(orgId: string, id: string): Promise<Credential | undefined>;
  list(orgId: string, query: ListQuery): Promise<Credential[]>;
  page(orgId: string, query: ListQuery): Promise<Page<Credential>>;
  update(
    orgId: string,
    id: string,
    change: (credential: Credential) => Credential,
  ): Promise<Credential | undefined>;
  remove(orgId: string, id: string): Promise<Credential | undefined>;
}
