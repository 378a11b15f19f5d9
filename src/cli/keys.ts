import { createApiKey } from '../domain/orgs/api-key.ts';
import { type ApiKey, KEY_DIALECTS, type Org } from '../domain/orgs/org.ts';
import type { OrgRepository } from '../domain/orgs/org-repository.ts';
import { newId } from '../lib/ids.ts';
import { CommandError } from './command-error.ts';
import { table } from './table.ts';

export const KEYS_USAGE = `usage: offhook keys create [--org NAME] [--name TEXT] [--dialect ${KEY_DIALECTS.join('|')}]
       offhook keys list
       offhook keys revoke ID-OR-PREFIX

A key is for one org: it sees that org's numbers, assistants and calls, and no others.
An org is made by its first key; without --org the key is for the org "default".`;

export interface KeyOptions {
  org?: string | undefined;
  name?: string | undefined;
  dialect?: string | undefined;
}

/**
 * `offhook keys`: makes, lists and revokes the keys of the orgs; an org is made by its first key.
 * @returns the lines to print.
 * @throws {CommandError}
 */
export async function keys(orgs: OrgRepository, words: string[], options: KeyOptions): Promise<string[]> {
  const [verb, argument] = words;
  if (verb === 'create' && words.length === 1) return createKey(orgs, options);
  if (verb === 'list' && words.length === 1) return listKeys(orgs);
  if (verb === 'revoke' && argument && words.length === 2) return revokeKey(orgs, argument);
  throw new CommandError(KEYS_USAGE);
}

async function createKey(orgs: OrgRepository, options: KeyOptions): Promise<string[]> {
  const dialect = KEY_DIALECTS.find((name) => name === options.dialect);
  if (options.dialect && !dialect)
    throw new CommandError(`--dialect must be one of ${KEY_DIALECTS.join(', ')}`);
  const org = await findOrMakeOrg(orgs, options.org ?? 'default');
  const { key, hash, prefix } = createApiKey();
  const row: ApiKey = {
    id: newId(),
    orgId: org.id,
    prefix,
    createdAt: Date.now(),
    ...(options.name && { name: options.name }),
    ...(dialect && { dialect }),
  };
  await orgs.insertKey(row, hash);
  return [`${key}   (of org ${org.name}; shown this once)`];
}

async function findOrMakeOrg(orgs: OrgRepository, name: string): Promise<Org> {
  const all = await orgs.listOrgs();
  if (all.length === 0)
    throw new CommandError('nothing is stored here yet: the first npm start makes the first key');
  const found = all.find((org) => org.name === name);
  if (found) return found;
  const org = { id: newId(), name, createdAt: Date.now() };
  await orgs.insertOrg(org);
  return org;
}

async function listKeys(orgs: OrgRepository): Promise<string[]> {
  const names = new Map((await orgs.listOrgs()).map((org) => [org.id, org.name]));
  const rows = (await orgs.listKeys()).map((key) => [
    key.prefix,
    names.get(key.orgId) ?? key.orgId,
    key.name ?? '',
    key.dialect ?? '',
    new Date(key.createdAt).toISOString().slice(0, 16),
    key.revokedAt ? `revoked ${new Date(key.revokedAt).toISOString().slice(0, 16)}` : 'active',
    key.id,
  ]);
  return table(['KEY', 'ORG', 'NAME', 'DIALECT', 'MADE', 'STATE', 'ID'], rows);
}

async function revokeKey(orgs: OrgRepository, idOrPrefix: string): Promise<string[]> {
  const revoked = await orgs.revokeKey(idOrPrefix, Date.now());
  if (!revoked) throw new CommandError(`no active key has the id or prefix ${idOrPrefix}`);
  return [`key ${revoked.prefix} is revoked`];
}
