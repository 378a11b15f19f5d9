import type { CredentialProvider } from '../../domain/credentials/credential.ts';
import type { VapiContext } from './context.ts';
import { refusal } from './errors.ts';

/** @throws {ExchangeError} 400 when the org has no such assistant; a foreign one counts as none. */
export async function requireAssistant(context: VapiContext, orgId: string, id: string): Promise<void> {
  if (await context.agents.get(orgId, id)) return;
  throw refusal(`Couldn't Get Assistant. \`assistantId\` ${id} Does Not Exist.`);
}

/** @throws {ExchangeError} 400 when the org has no such credential, or one of another kind. */
export async function requireCredential(
  context: VapiContext,
  orgId: string,
  id: string,
  provider?: CredentialProvider,
): Promise<void> {
  const credential = await context.credentials.get(orgId, id);
  if (!credential) throw refusal(`Couldn't Get Credential. \`credentialId\` ${id} Does Not Exist.`);
  if (provider && credential.provider !== provider) {
    throw refusal(`Couldn't Use Credential. \`credentialId\` ${id} Is Not A \`${provider}\` Credential.`);
  }
}
