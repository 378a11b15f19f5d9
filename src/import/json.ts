import { createHash } from 'node:crypto';

/** What JSON.parse gives. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Rebuilds an object member by member; a member that becomes undefined is left out. */
export function mapMembers(
  value: JsonObject,
  change: (key: string, member: Json) => Json | undefined,
): JsonObject {
  const members: [string, Json][] = [];
  for (const [key, member] of Object.entries(value)) {
    const changed = change(key, member);
    if (changed !== undefined) members.push([key, changed]);
  }
  // Own properties, whatever their names: `__proto__` is a key like any other.
  return Object.fromEntries(members);
}

/** Without the members that are null: in what a vendor shows, null says that a key is not set. */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return mapMembers(value, (_, member) => (member === null ? undefined : withoutNulls(member)));
}

/** The text of a value that does not depend on the order of its keys. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] as Json)}`);
  return `{${members.join()}}`;
}

/** Tells whether a value is the one of last time, without keeping it. */
export function digestOf(value: Json): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 32);
}

/** Whether a value nests no deeper than `levels`. */
export function isShallow(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isShallow(member, levels - 1));
}
