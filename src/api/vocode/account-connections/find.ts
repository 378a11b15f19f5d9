import type { CredentialRepository } from '../../../domain/credentials/credential-repository.ts';
import type { ListQuery, Page } from '../../../domain/page.ts';
import { isAccountCredential } from './from-domain.ts';
import type { AccountCredential } from './to-domain.ts';

/** Credentials read at once; an org has few. */
const CHUNK = 200;

export async function accountConnection(
  credentials: Pick<CredentialRepository, 'get'>,
  orgId: string,
  id: string,
): Promise<AccountCredential | undefined> {
  const credential = await credentials.get(orgId, id);
  return credential && isAccountCredential(credential) ? credential : undefined;
}

/** A page of the kinds that this API knows, which the store cannot tell from the others. */
export async function accountConnectionPage(
  credentials: Pick<CredentialRepository, 'list'>,
  orgId: string,
  { offset = 0, limit, order = 'descending' }: ListQuery,
): Promise<Page<AccountCredential>> {
  const all: AccountCredential[] = [];
  for (let read = 0; ; read += CHUNK) {
    const chunk = await credentials.list(orgId, { limit: CHUNK, offset: read, order });
    all.push(...chunk.filter(isAccountCredential));
    if (chunk.length < CHUNK) break;
  }
  return { items: all.slice(offset, offset + limit), total: all.length };
}
