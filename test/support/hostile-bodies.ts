type Json = Record<string, unknown>;

/** JSON text that no schema expects, or that only looks harmless. */
export const HOSTILE_TEXT = [
  'null',
  'true',
  '0',
  '-1',
  '1e400',
  '1.5',
  '9007199254740993',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\r\\nX: y"',
  `"${'\u202e\u{1f9e8}é'.repeat(50)}"`,
  `"${'x'.repeat(20_000)}"`,
  '[]',
  '{}',
  '[[[[[[[[[[null]]]]]]]]]]',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"hasOwnProperty":null,"then":"x"}',
  `${'['.repeat(70)}${']'.repeat(70)}`,
  `[${'0,'.repeat(3000)}0]`,
  `{${Array.from({ length: 300 }, (_, index) => `"k${index}":${index}`).join(',')}}`,
];

/** Paths of all members, so that any of them can be replaced. */
export function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

/** The text of `body` with one member replaced by raw JSON text. */
export function replaced(body: unknown, path: string[], text: string): string {
  const mark = '"@hostile@"';
  if (path.length === 0) return text;
  const copy = structuredClone(body) as Json;
  const parent = path.slice(0, -1).reduce<Json>((value, key) => value[key] as Json, copy);
  parent[path.at(-1) ?? ''] = '@hostile@';
  return JSON.stringify(copy).replace(mark, () => text);
}
