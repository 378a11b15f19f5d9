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

/**
 * Checks the credentials that every server in a body signs its requests with, however deep it stands.
 * @throws {ExchangeError} 400 for the first that the org does not have.
 */
export async function requireReferences(context: VapiContext, orgId: string, body: object): Promise<void> {
  for (const id of new Set(serverCredentials(body))) await requireCredential(context, orgId, id);
}

/** Recursion is bounded by the cap on a body's depth. */
function* serverCredentials(value: unknown): Generator<string> {
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value)) {
    const id = key === 'server' ? (member as { credentialId?: unknown } | null)?.credentialId : undefined;
    if (typeof id === 'string') yield id;
    // What means nothing to the exchange may hold anything.
    if (!CONTENT_UNKNOWN.has(key)) yield* serverCredentials(member);
  }
}

const CONTENT_UNKNOWN: ReadonlySet<string> = new Set(['metadata', 'variableValues', 'parameters', 'schema']);
