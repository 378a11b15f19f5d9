import type { CredentialRepository } from '../../../domain/credentials/credential-repository.ts';
import { isAccountCredential } from './from-domain.ts';
import type { AccountCredential } from './to-domain.ts';

export async function accountConnection(
  credentials: Pick<CredentialRepository, 'get'>,
  orgId: string,
  id: string,
): Promise<AccountCredential | undefined> {
  const credential = await credentials.get(orgId, id);
  return credential && isAccountCredential(credential) ? credential : undefined;
}
