import { contains, differences } from './differences.ts';
import {
  findPlace,
  type House,
  type ImportOptions,
  type Item,
  isGiven,
  ledgerKey,
  openHouse,
  type Wish,
  wishOf,
} from './house.ts';
import { ImportError, RefusedError } from './import-error.ts';
import { listed, note } from './import-notes.ts';
import { digestOf, isObject, type Json, type JsonObject, mapMembers, textOf } from './json.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Kind } from './source-dialect.ts';

export type ImportOutcome = 'created' | 'updated' | 'unchanged' | 'left';

/** What became of one object of the house. */
export interface ImportRow {
  kind: string;
  name: string;
  sourceId: string;
  /** Its id here; unset where it did not come over, or would be made. */
  id?: string;
  outcome: ImportOutcome;
  /** What a person should know or do. */
  notes: string[];
}

/**
 * Brings all that a vendor's account holds. A second run changes what changed and makes no twins.
 * @returns a row for each object, in the order in which they came.
 * @throws {ImportError} when one of the two sides cannot be read or written at all; what came over until then is in
 * the ledger, and the next run goes on from there.
 */
export async function importHouse(options: ImportOptions): Promise<ImportRow[]> {
  const house = await openHouse(options);
  const rows = new Map<Item, ImportRow>();
  for (const item of house.items.values()) rows.set(item, await bring(house, item));
  // What names something that came later is written once more.
  for (const item of house.items.values()) {
    if (!item.isWaiting) continue;
    const first = rows.get(item);
    const again = await bring(house, item);
    if (first) rows.set(item, merged(first, again));
  }
  return [...house.hidden.map(hiddenRow), ...rows.values()];
}

function hiddenRow({ kind, words }: { kind: string; words: string }): ImportRow {
  const advice = `the source does not show any (${words}): make them here, and name them with --secrets`;
  return { kind, name: '(all)', sourceId: '-', outcome: 'left', notes: [advice] };
}

async function bring(house: House, item: Item): Promise<ImportRow> {
  const { kind, id, name } = item;
  const row: ImportRow = { kind: kind.name, name, sourceId: id, outcome: 'left', notes: [] };
  if (isGiven(house, item)) {
    item.place = findPlace(house, kind.name, id);
    const notes = ['stands here as --secrets says'];
    return { ...row, ...idIn(item), outcome: 'unchanged', notes };
  }
  const current = item.place.state === 'here' ? house.shown.get(kind.name)?.get(item.place.id) : undefined;
  const refusal = current ? undefined : kind.refusal?.(item.source);
  if (refusal !== undefined) return leave(item, row, refusal);
  const wish = wishOf(house, item);
  row.notes.push(...wish.notes);
  try {
    if (current) return await change(house, item, current, wish, row);
    const lacking = [...wish.missing, ...requiredSecrets(wish)];
    if (lacking.length > 0) return leave(item, row, `cannot be made without ${listed(lacking)}`);
    return await create(house, item, wish, row);
  } catch (error) {
    if (!(error instanceof RefusedError) || concernsAll(error)) throw error;
    const words = `the exchange refused it: ${error.words}`;
    const here = idIn(item);
    if (here.id === undefined) return leave(item, row, words);
    // It was made before the refusal, or was here and stays as it was: those who name it find it.
    return { ...row, ...here, outcome: current ? 'left' : 'created', notes: [...row.notes, words] };
  }
}

function idIn({ place }: Item): { id?: string } {
  return place.state === 'here' ? { id: place.id } : {};
}

function leave(item: Item, row: ImportRow, words: string): ImportRow {
  item.place = { state: 'absent' };
  return { ...row, notes: [...row.notes, words] };
}

/** A key that is not taken, or a side that is busy or ill, is nothing of one object alone. */
function concernsAll({ status }: RefusedError): boolean {
  return [401, 403, 429].includes(status) || status >= 500;
}

async function create(house: House, item: Item, wish: Wish, row: ImportRow): Promise<ImportRow> {
  const { kind } = item;
  const created: ImportRow = {
    ...row,
    outcome: 'created',
    notes: [...row.notes, ...secretNotes(wish, () => true)],
  };
  if (house.isDryRun) {
    // Whatever names it later finds it under the id that it has.
    item.place = { state: 'here', id: item.id };
    return created;
  }
  const route = `/${house.dialect.api}${kind.createPath}`;
  const taken = mapMembers(wish.body, (key, value) => (kind.changeOnly?.has(key) ? undefined : value));
  const answer = await house.target.request('POST', route, kind.toCreate?.(taken) ?? taken);
  const made = shownOf(house, kind, answer);
  await settle(house, item, made, wish);
  const later = mapMembers(wish.body, (key, value) => (kind.changeOnly?.has(key) ? value : undefined));
  let shown = made;
  if (Object.keys(later).length > 0) {
    shown = await write(house, kind, made, later);
    await settle(house, item, shown, wish);
  }
  return {
    ...created,
    id: String(made.id),
    notes: [...created.notes, ...differenceNotes(shown, wish.visible)],
  };
}

async function change(
  house: House,
  item: Item,
  current: JsonObject,
  wish: Wish,
  row: ImportRow,
): Promise<ImportRow> {
  const { kind } = item;
  const id = String(current.id);
  const { changes, held } = changesOf(house, item, current, wish);
  const keys = Object.keys(changes);
  const notes = [...row.notes];
  if (held.length > 0) notes.push(`to change ${listed(held)} its secret is needed`);
  if (keys.length === 0) {
    if (!house.isDryRun) await settle(house, item, current, wish);
    return { ...row, id, outcome: 'unchanged', notes };
  }
  notes.push(`changed: ${listed(keys)}`, ...secretNotes(wish, (key) => keys.includes(key)));
  if (house.isDryRun) return { ...row, id, outcome: 'updated', notes };
  const marks = mapMembers(wish.body, (key, value) => (kind.changeAlways?.includes(key) ? value : undefined));
  const shown = await write(house, kind, current, { ...marks, ...changes });
  await settle(house, item, shown, wish);
  const wanted = mapMembers(wish.visible, (key, value) => (keys.includes(key) ? value : undefined));
  return { ...row, id, outcome: 'updated', notes: [...notes, ...differenceNotes(shown, wanted)] };
}

/** The keys that a change must hold: what differs here, what changed there since last time, and secrets. */
function changesOf(house: House, item: Item, current: JsonObject, wish: Wish) {
  const { body, visible, secrets } = wish;
  const last = house.ledger.find(ledgerKey(house, item.kind.name, item.id));
  const secret = new Set(secrets.map(firstKey));
  const needy = new Set(requiredSecrets(wish).map(firstKey));
  const held: string[] = [];
  const changes = mapMembers(body, (key, value) => {
    if (item.kind.createOnly?.has(key)) return undefined;
    const isOld = visible[key] === undefined || isAsBefore(last, key, visible[key], current[key]);
    if (isOld && !secret.has(key)) return undefined;
    if (!needy.has(key)) return value;
    held.push(key);
    return undefined;
  });
  const open = new Set(wish.absent.map(firstKey));
  const isGone = (key: string) => !Object.hasOwn(body, key) && Object.hasOwn(current, key) && !open.has(key);
  const gone = Object.keys(last?.wrote ?? {})
    .filter(isGone)
    .map((key): [string, Json] => [key, null]);
  return { changes: { ...changes, ...Object.fromEntries(gone) } as JsonObject, held };
}

/** Whether a key needs no writing: nothing happened on either side since last time, or the two say the same. */
function isAsBefore(
  last: LedgerEntry | undefined,
  key: string,
  wanted: Json,
  shown: Json | undefined,
): boolean {
  if (shown !== undefined && digestOf(shown) === digestOf(wanted)) return true;
  const wrote = last?.wrote[key];
  if (wrote !== undefined && wrote !== digestOf(wanted)) return false;
  if (contains(shown, wanted)) return true;
  return wrote !== undefined && shown !== undefined && last?.shown[key] === digestOf(shown);
}

async function write(
  house: House,
  kind: Kind,
  current: JsonObject,
  changes: JsonObject,
): Promise<JsonObject> {
  const { method, path } = kind.changeRoute(current);
  return shownOf(house, kind, await house.target.request(method, `/${house.dialect.api}${path}`, changes));
}

/** Writes down which object here is which one there, before anything else happens. */
async function settle(house: House, item: Item, shown: JsonObject, { visible }: Wish): Promise<void> {
  const id = String(shown.id);
  item.place = { state: 'here', id };
  house.claimed.add(id);
  house.shown.get(item.kind.name)?.set(id, shown);
  await house.ledger.record(ledgerKey(house, item.kind.name, item.id), {
    id,
    wrote: digestsOf(visible),
    shown: digestsOf(mapMembers(shown, (key, value) => (Object.hasOwn(visible, key) ? value : undefined))),
  });
}

function digestsOf(value: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, digestOf(member)]));
}

function shownOf(house: House, kind: Kind, answer: Json): JsonObject {
  if (!isObject(answer) || textOf(answer.id) === undefined)
    throw new ImportError(`${house.target.baseUrl} answers to a ${kind.name} with something else`);
  return house.dialect.plain(answer);
}

/** Two writes of one object are one row. */
function merged(first: ImportRow, again: ImportRow): ImportRow {
  const notes = [
    ...new Set([...first.notes, ...again.notes.filter((text) => !text.startsWith('changed: '))]),
  ];
  return { ...again, outcome: first.outcome === 'created' ? 'created' : again.outcome, notes };
}

function requiredSecrets({ missingSecrets }: Wish): string[] {
  return missingSecrets.filter(({ isRequired }) => isRequired).map(({ path }) => path);
}

/** The vendors never show a secret, nor whether there was one. */
function secretNotes({ missingSecrets }: Wish, concerns: (key: string) => boolean): string[] {
  const paths = missingSecrets.map(({ path }) => path).filter((path) => concerns(firstKey(path)));
  return note('secret to be set if there was one', paths);
}

function differenceNotes(shown: JsonObject, wanted: JsonObject): string[] {
  return note('differs here', [...differences(shown, wanted)]);
}

function firstKey(path: string): string {
  return path.split('.', 1)[0] ?? path;
}
