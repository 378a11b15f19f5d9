import { Secret } from '../../lib/secret.ts';
import type { Agent } from '../agents/agent.ts';
import type { Credential, VendorCredential } from './credential.ts';
import type { CredentialRepository } from './credential-repository.ts';
import { isVendorProvider, type VendorProvider, vendorSecrets } from './vendor-provider.ts';

/** Credentials read at once while those of an agent's vendors are looked for. */
const PAGE_SIZE = 100;

type VendorKeys = Record<string, Secret>;

/** Gives the token that a vendor's credential is exchanged for. */
export type AccessTokenOf = (
  credential: VendorCredential & Required<Pick<VendorCredential, 'authenticationPlan'>>,
) => Promise<Secret>;

/**
 * The agent with the keys of the vendors that it names. Its own inline keys win; then comes the org's credential for
 * the vendor: `brainCredentialId`, else the first in the order of `credentialIds`, or, where the agent has no such
 * list, the newest. What is still missing is looked for in the environment, later.
 * @param accessToken for a `custom-llm` credential whose token comes from a token server; without it, or where it
 * fails, `apiKey` is the key. It tells the operator itself why it failed.
 * @throws {ExchangeError} `storage-failed`
 */
export async function withVendorKeys(
  stored: Agent,
  credentials: Pick<CredentialRepository, 'get' | 'list'>,
  accessToken?: AccessTokenOf,
): Promise<Agent> {
  const agent = withVoiceKey(stored);
  const wanted = keylessVendors(agent);
  if (wanted.size === 0) return agent;
  const others = agent.credentialIds
    ? await listed(agent.orgId, agent.credentialIds, credentials)
    : await newest(agent.orgId, wanted, credentials);
  const preferred = agent.brainCredentialId ? [agent.brainCredentialId] : [];
  const found = [...(await listed(agent.orgId, preferred, credentials)), ...others];
  const resolved = resolveVendorKeys(agent, found);
  const custom = wanted.has('custom-llm') && firstOf('custom-llm', found);
  if (!accessToken || !custom || custom.authenticationPlan === undefined) return resolved;
  const { authenticationPlan } = custom;
  // Told to the operator where it failed; the call goes on with the key that stands beside it.
  const token = await accessToken({ ...custom, authenticationPlan }).catch(() => undefined);
  return token ? { ...resolved, vendorKeys: { ...resolved.vendorKeys, 'custom-llm': token } } : resolved;
}

/** A voice may bring a key of its own (Vocode), which stands among its settings. */
function withVoiceKey(agent: Agent): Agent {
  const { voice, vendorKeys } = agent;
  const key = voice?.settings.apiKey;
  if (!voice || !(key instanceof Secret)) return agent;
  return { ...agent, vendorKeys: { [voice.provider]: key, ...vendorKeys } };
}

/** @param credentials those that the agent may use, the preferred ones first. */
export function resolveVendorKeys(agent: Agent, credentials: readonly Credential[]): Agent {
  const keys: VendorKeys = {};
  for (const provider of keylessVendors(agent)) {
    const credential = firstOf(provider, credentials);
    if (credential) Object.assign(keys, keysOf(credential));
  }
  if (Object.keys(keys).length === 0) return agent;
  return { ...agent, vendorKeys: { ...keys, ...agent.vendorKeys } };
}

/** The vendors that the agent names anywhere and has no inline credential for. */
function keylessVendors({ brain, voice, transcriber, vendorKeys = {} }: Agent): Set<VendorProvider> {
  const named = new Set<string>();
  for (const part of [brain, voice, transcriber]) if (part) named.add(part.provider);
  // Fallbacks and knowledge bases stand in the settings as the vendor writes them.
  for (const part of [brain, voice, transcriber, ...(brain?.tools ?? [])])
    addProviders(part?.settings, named);
  const own = new Set(Object.keys(vendorKeys).map((key) => key.split(':', 1)[0]));
  return new Set([...named].filter(isVendorProvider).filter((provider) => !own.has(provider)));
}

function addProviders(value: unknown, named: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'provider' && typeof member === 'string') named.add(member);
    else addProviders(member, named);
  }
}

function firstOf(provider: VendorProvider, credentials: readonly Credential[]): VendorCredential | undefined {
  return credentials.find((one): one is VendorCredential => one.provider === provider);
}

/** A vendor's credential as keys of an agent: its key under the vendor's name, all else under `<vendor>:<field>`. */
export function keysOf({ provider, secrets, settings }: VendorCredential): VendorKeys {
  const { key } = vendorSecrets(provider);
  const nameOf = (field: string) => (field === key ? provider : `${provider}:${field}`);
  const texts = Object.entries(settings).map(([field, value]): [string, Secret] => [
    field,
    new Secret(typeof value === 'string' ? value : JSON.stringify(value)),
  ]);
  return Object.fromEntries(
    [...Object.entries(secrets), ...texts].map(([field, value]) => [nameOf(field), value]),
  );
}

async function listed(
  orgId: string,
  ids: readonly string[],
  credentials: Pick<CredentialRepository, 'get'>,
): Promise<Credential[]> {
  const found = await Promise.all([...new Set(ids)].map((id) => credentials.get(orgId, id)));
  return found.filter((credential) => credential !== undefined);
}

async function newest(
  orgId: string,
  wanted: ReadonlySet<VendorProvider>,
  credentials: Pick<CredentialRepository, 'list'>,
): Promise<Credential[]> {
  const found: Credential[] = [];
  for (let offset = 0; ; offset += PAGE_SIZE) {
    const page = await credentials.list(orgId, { limit: PAGE_SIZE, offset });
    found.push(...page);
    const complete = [...wanted].every((provider) => firstOf(provider, found) !== undefined);
    if (complete || page.length < PAGE_SIZE) return found;
  }
}
