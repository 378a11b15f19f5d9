import type { Credential } from '../../domain/credentials/credential.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import type { ListQuery, Page } from '../../domain/page.ts';

/** Credentials read at once while those that a dialect knows are picked out. */
const CHUNK = 500;

/** A page of the kinds that a dialect has names for. An org has few credentials: all are read, so that a page is full and the total right. */
export async function credentialPage<C extends Credential>(
  credentials: Pick<CredentialRepository, 'list'>,
  orgId: string,
  { limit, offset = 0, order = 'ascending' }: ListQuery,
  isKnown: (credential: Credential) => credential is C,
): Promise<Page<C>> {
  const found: C[] = [];
  for (let read = 0; ; read += CHUNK) {
    const chunk = await credentials.list(orgId, { limit: CHUNK, offset: read, order });
    found.push(...chunk.filter(isKnown));
    if (chunk.length < CHUNK) return { items: found.slice(offset, offset + limit), total: found.length };
  }
}
