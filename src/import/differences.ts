import { isObject, type Json } from './json.ts';

/** Where `shown` does not say what `wanted` says; it may say more, such as defaults. */
export function* differences(shown: Json | undefined, wanted: Json, path = ''): Generator<string> {
  const at = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`);
  if (Array.isArray(wanted) && Array.isArray(shown) && shown.length === wanted.length) {
    for (const [index, member] of wanted.entries()) yield* differences(shown[index], member, at(index));
    return;
  }
  if (isObject(wanted) && isObject(shown)) {
    for (const [key, member] of Object.entries(wanted))
      yield* differences(Object.hasOwn(shown, key) ? shown[key] : undefined, member, at(key));
    return;
  }
  if (shown !== wanted) yield path;
}

/** Whether `shown` says all that `wanted` says. */
export function contains(shown: Json | undefined, wanted: Json): boolean {
  return differences(shown, wanted).next().done === true;
}

/** A value without the members at these paths; places in lists are kept. */
export function without(value: Json, paths: readonly string[]): Json {
  if (paths.length === 0) return value;
  const [gone, deeper] = [new Set<string>(), new Map<string, string[]>()];
  for (const path of paths) {
    const dot = path.indexOf('.');
    if (dot < 0) gone.add(path);
    else deeper.set(path.slice(0, dot), [...(deeper.get(path.slice(0, dot)) ?? []), path.slice(dot + 1)]);
  }
  if (Array.isArray(value)) return value.map((item, index) => without(item, deeper.get(String(index)) ?? []));
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([key]) => !gone.has(key));
  return Object.fromEntries(members.map(([key, member]) => [key, without(member, deeper.get(key) ?? [])]));
}

/** Paths of the members that are meant, however deep they stand. */
export function* pathsOf(
  value: Json,
  isMeant: (key: string, member: Json) => boolean,
  path = '',
): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (!Array.isArray(value) && isMeant(key, member)) yield at;
    else yield* pathsOf(member, isMeant, at);
  }
}
