import type { ApiClient } from './api-client.ts';
import { contains, pathsOf, without } from './differences.ts';
import { type Given, withGiven } from './given.ts';
import { ImportError, RefusedError } from './import-error.ts';
import { note } from './import-notes.ts';
import { isObject, type Json, type JsonObject, mapMembers, textOf } from './json.ts';
import type { Ledger } from './ledger.ts';
import { rewriteReferences, type Whereabouts } from './references.ts';
import { type Reading, RequestSchemas } from './request-schema.ts';
import type { Kind, SourceDialect } from './source-dialect.ts';

export interface ImportOptions {
  dialect: SourceDialect;
  source: ApiClient;
  /** The exchange, at its own root. */
  target: ApiClient;
  ledger: Ledger;
  given: Given;
  /** Reads both sides and writes nothing. */
  isDryRun: boolean;
}

/** One object of the source, and what is known of it here. */
export interface Item {
  kind: Kind;
  id: string;
  name: string;
  source: JsonObject;
  place: Whereabouts;
  /** It names what had not come when it was written. */
  isWaiting: boolean;
}

export interface House extends ImportOptions {
  orgId: string;
  schemas: RequestSchemas;
  /** In the order in which they are brought, by kind and id. */
  items: Map<string, Item>;
  /** What the exchange holds, by kind and id. */
  shown: Map<string, Map<string, JsonObject>>;
  /** Ids here that stand for an object of a house already. */
  claimed: Set<string>;
  /** Kinds that the source does not show, and how it says so. */
  hidden: { kind: string; words: string }[];
}

/**
 * Reads both sides, and finds of each object of the house whether it is here already.
 * @throws {ImportError}
 */
export async function openHouse(options: ImportOptions): Promise<House> {
  const { dialect, target, ledger } = options;
  const org = await target.get('/admin/org');
  const orgId = isObject(org) ? textOf(org.id) : undefined;
  if (orgId === undefined) throw new ImportError(`${target.baseUrl} is no Offhook`);
  const house: House = {
    ...options,
    orgId,
    schemas: new RequestSchemas(await target.get(`/${dialect.api}/openapi.json`)),
    items: new Map(),
    shown: new Map(),
    claimed: ledger.ids(),
    hidden: [],
  };
  for (const kind of dialect.kinds) {
    const shown = await dialect.list(target, `/${dialect.api}${kind.listPath}`);
    house.shown.set(kind.name, new Map(shown.map((each) => [String(each.id), dialect.plain(each)])));
    for (const each of await listOf(house, kind)) {
      const item = itemOf(house, kind, dialect.plain(each));
      house.items.set(`${kind.name}/${item.id}`, item);
    }
  }
  if (!house.isDryRun) await rememberGiven(house);
  recognize(house);
  return house;
}

function itemOf(house: House, kind: Kind, source: JsonObject): Item {
  const id = String(source.id);
  const name = kind.nameOf(source) ?? id;
  const known = knownId(house, kind.name, id);
  const place: Whereabouts = known === undefined ? { state: 'coming' } : { state: 'here', id: known };
  return { kind, id, name, source, place, isWaiting: false };
}

/** The id here that an earlier import, or the person in one, gave an object of the source. */
function knownId(house: House, kind: string, id: string): string | undefined {
  const entry = house.ledger.find(ledgerKey(house, kind, id));
  return entry && house.shown.get(kind)?.has(entry.id) ? entry.id : undefined;
}

/** What the person says holds for later imports too, which may be run without the file. */
async function rememberGiven(house: House): Promise<void> {
  for (const [id, given] of house.given) {
    if (typeof given !== 'string') continue;
    for (const [kind, shown] of house.shown) {
      if (!shown.has(given)) continue;
      const entry = { id: given, wrote: {}, shown: {}, isGiven: true };
      await house.ledger.record(ledgerKey(house, kind, id), entry);
    }
  }
}

/** Whether the person has said which object here stands for this one. */
export function isGiven(house: House, { kind, id }: Item): boolean {
  if (typeof house.given.get(id) === 'string') return true;
  const entry = house.ledger.find(ledgerKey(house, kind.name, id));
  return entry?.isGiven === true && house.shown.get(kind.name)?.has(entry.id) === true;
}

async function listOf(house: House, kind: Kind): Promise<JsonObject[]> {
  try {
    return await house.dialect.list(house.source, kind.listPath);
  } catch (error) {
    const isHidden = error instanceof RefusedError && [403, 404].includes(error.status);
    if (!isHidden || !kind.mayBeHidden) throw error;
    house.hidden.push({ kind: kind.name, words: error.words });
    return [];
  }
}

/** What names another object can be compared once that one is found, so this looks again until it finds no more. */
function recognize(house: House): void {
  let isFound = true;
  while (isFound) {
    isFound = false;
    for (const item of house.items.values()) {
      if (item.place.state === 'here' || isGiven(house, item)) continue;
      const id = findTwin(house, item);
      if (id === undefined) continue;
      item.place = { state: 'here', id };
      house.claimed.add(id);
      isFound = true;
    }
  }
}

/** The object here that is this one: at the same address, or equal in everything. */
function findTwin(house: House, item: Item): string | undefined {
  const { kind } = item;
  const { visible } = wishOf(house, item);
  const address = kind.addressOf?.(visible);
  for (const [id, shown] of house.shown.get(kind.name) ?? []) {
    if (house.claimed.has(id)) continue;
    const isTwin =
      address !== undefined ? kind.addressOf?.(shown) === address : isEqual(house, shown, visible);
    if (isTwin) return id;
  }
  return undefined;
}

/** Equal but for what the server sets: one that was made and not written down, as when an import is killed. */
function isEqual({ dialect }: House, shown: JsonObject, wanted: JsonObject): boolean {
  const isKnown = (key: string) => dialect.readOnly.has(key) || Object.hasOwn(wanted, key);
  return Object.keys(shown).every(isKnown) && contains(shown, wanted);
}

/** Where the object is that has this id at the source. @throws {ImportError} when --secrets names what is not here. */
export function findPlace(house: House, kind: string, id: string): Whereabouts {
  const given = house.given.get(id);
  if (typeof given === 'string') {
    if (house.shown.get(kind)?.has(given)) return { state: 'here', id: given };
    throw new ImportError(`--secrets: there is no ${kind} ${given} here`);
  }
  const item = house.items.get(`${kind}/${id}`);
  if (item) return item.place;
  // The source may name what it does not list.
  const known = knownId(house, kind, id);
  return known === undefined ? { state: 'absent' } : { state: 'here', id: known };
}

/** What is to be written of one object. */
export interface Wish {
  body: JsonObject;
  /** The body without its secrets, as the exchange would show it. */
  visible: JsonObject;
  /** Paths of the secrets that it holds. */
  secrets: string[];
  /** Paths of secrets that it has room for and does not hold. */
  missingSecrets: Reading['missingSecrets'];
  /** Paths of required fields that it does not hold. */
  missing: string[];
  /** Paths of what it named and could not. */
  absent: string[];
  notes: string[];
}

export function wishOf(house: House, item: Item): Wish {
  const { dialect, schemas } = house;
  const { kind } = item;
  const own = mapMembers(item.source, (key, value) => (dialect.readOnly.has(key) ? undefined : value));
  const isSecret = (key: string) => dialect.secretKeys?.test(key) === true;
  const masked = [...pathsOf(own, (key, value) => isSecret(key) && isMasked(value))];
  const open = without(own, masked) as JsonObject;
  const rewritten = rewriteReferences(open, dialect.references, (name, id) => findPlace(house, name, id));
  item.isWaiting = rewritten.coming.length > 0;
  const given = house.given.get(item.id);
  const filled = withGiven(rewritten.body, given instanceof Map ? given : new Map());
  const reading = schemas.read(kind.createPath, kind.toCreate?.(filled.body) ?? filled.body);
  const body = kind.toCreate ? filled.body : (reading.body as JsonObject);
  const secrets = [...new Set([...reading.secrets, ...pathsOf(body, isSecret)])];
  const known = new Set([...secrets, ...reading.missingSecrets.map(({ path }) => path)]);
  const hidden = masked.filter((path) => !known.has(path)).map((path) => ({ path, isRequired: false }));
  const notes = [
    ...note('not known here, left out', reading.strays),
    ...note('names what did not come over, left out', rewritten.absent),
    ...note('--secrets: no place for', filled.misplaced),
  ];
  const remark = kind.remark?.(item.source);
  if (remark !== undefined) notes.push(remark);
  return {
    body,
    visible: without(body, secrets) as JsonObject,
    secrets,
    missing: reading.missing,
    absent: rewritten.absent,
    missingSecrets: [...reading.missingSecrets, ...hidden],
    notes,
  };
}

/** Four stars or dots in a row: how services show that there is a secret. */
function isMasked(value: Json): boolean {
  return typeof value === 'string' && /[*\u2022]{4}/.test(value);
}

export function ledgerKey({ orgId, dialect }: House, kind: string, id: string): string {
  return `${orgId}/${dialect.name}/${kind}/${id}`;
}
