import { ImportError } from './import-error.ts';
import { isObject, type Json, type JsonObject, mapMembers } from './json.ts';

/**
 * What the person knows and the source does not tell, by the id of an object at the source: the id of the object here
 * that stands for it, or values for paths within it, such as `authentication.password`.
 */
export type Given = ReadonlyMap<string, string | ReadonlyMap<string, string>>;

/** Reads what `--secrets` names. @throws {ImportError} */
export function readGiven(text: string): Given {
  const refused = (cause?: unknown) =>
    new ImportError(
      'the file of secrets must be JSON such as {"<id at the source>": {"authToken": "..."}, "<id>": "<id here>"}',
      { cause },
    );
  let content: Json;
  try {
    content = JSON.parse(text) as Json;
  } catch {
    // The parser's own words would repeat what stands in the file.
    throw refused();
  }
  if (!isObject(content)) throw refused();
  const given = new Map<string, string | ReadonlyMap<string, string>>();
  for (const [id, entry] of Object.entries(content)) {
    if (typeof entry === 'string') given.set(id, entry);
    else if (isObject(entry)) given.set(id, textsOf(entry, refused));
    else throw refused();
  }
  return given;
}

function textsOf(entry: JsonObject, refused: () => ImportError): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(entry).map(([path, value]): [string, string] => {
      if (typeof value !== 'string') throw refused();
      return [path, value];
    }),
  );
}

/** A body with the values that were given for it. @returns the body and the paths that it has no place for. */
export function withGiven(
  body: JsonObject,
  values: ReadonlyMap<string, string>,
): { body: JsonObject; misplaced: string[] } {
  let current: Json = body;
  const misplaced: string[] = [];
  for (const [path, value] of values) {
    const changed = put(current, path.split('.'), value);
    if (changed === undefined) misplaced.push(path);
    else current = changed;
  }
  return { body: current as JsonObject, misplaced };
}

/** Only the last step may be new: what holds a secret is there already. */
function put(target: Json, [key = '', ...rest]: string[], value: string): Json | undefined {
  if (rest.length === 0) {
    if (!isObject(target)) return undefined;
    return { ...mapMembers(target, (name, member) => (name === key ? undefined : member)), [key]: value };
  }
  if (Array.isArray(target)) {
    const inner = target[Number(key)];
    const changed = inner === undefined ? undefined : put(inner, rest, value);
    return changed === undefined ? undefined : target.map((item) => (item === inner ? changed : item));
  }
  if (!isObject(target) || !Object.hasOwn(target, key)) return undefined;
  const changed = put(target[key] as Json, rest, value);
  return changed === undefined
    ? undefined
    : mapMembers(target, (name, member) => (name === key ? changed : member));
}
