import { isObject, type Json, type JsonObject, mapMembers, textOf } from './json.ts';

/** Where an object that is named by its id at the source stands. */
export type Whereabouts = { state: 'here'; id: string } | { state: 'coming' } | { state: 'absent' };

export interface Rewritten {
  body: JsonObject;
  /** Ids of objects that are still to come: they stand as they were. */
  coming: string[];
  /** Paths that were left out since what they name is not here and will not come. */
  absent: string[];
}

/** What customers fill with what they like: an id in it is theirs. */
const CONTENT_UNKNOWN: ReadonlySet<string> = new Set([
  'metadata',
  'variableValues',
  'parameters',
  'schema',
  'headers',
  'input_schema',
]);

/** Puts the ids of this exchange in the place of the source's, however deep they stand. */
export function rewriteReferences(
  body: JsonObject,
  references: Readonly<Record<string, string>>,
  find: (kind: string, id: string) => Whereabouts,
): Rewritten {
  const coming: string[] = [];
  const absent: string[] = [];

  function one(kind: string, id: string, path: string): string | undefined {
    const place = find(kind, id);
    if (place.state === 'here') return place.id;
    if (place.state === 'coming') {
      coming.push(id);
      return id;
    }
    absent.push(path);
    return undefined;
  }

  function member(key: string, value: Json, path: string): Json | undefined {
    if (CONTENT_UNKNOWN.has(key)) return value;
    const kind = Object.hasOwn(references, key) ? references[key] : undefined;
    if (kind !== undefined && typeof value === 'string' && isId(value)) return one(kind, value, path);
    if (kind !== undefined && isObject(value) && textOf(value.id) !== undefined)
      return one(kind, String(value.id), path);
    if (kind === undefined || !Array.isArray(value)) return inner(value, path);
    return value.flatMap((item, index) => member(key, item, `${path}.${index}`) ?? []);
  }

  function inner(value: Json, path: string): Json {
    if (Array.isArray(value)) return value.map((item, index) => inner(item, `${path}.${index}`));
    if (!isObject(value)) return value;
    return mapMembers(value, (key, each) => member(key, each, path === '' ? key : `${path}.${key}`));
  }

  return { body: inner(body, '') as JsonObject, coming, absent };
}

/** All three vendors give UUIDs; other text in such a place is content, such as a prompt in Vocode's first revision. */
function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
