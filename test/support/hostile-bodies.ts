import fc from 'fast-check';
import * as z from 'zod';
import { arbitraryOf } from './json-schema-arbitrary.ts';

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

/** Values that no parameter of a query expects, as they stand in a URL. */
const HOSTILE_VALUES = [
  '',
  '-1',
  '1e9',
  '1.5',
  '0',
  'NaN',
  '%00',
  '%ud8',
  "'; drop",
  '2020-13-45',
  '9'.repeat(400),
  '+1',
  '%2B1',
];
/** Parameters that no API has. */
const UNKNOWN_KEYS = ['__proto__', 'x'];
const MAX_PARAMETERS = 4;

export interface BodyBattery {
  /** What the bodies are near to. */
  schema: z.ZodType;
  /** Values of fields that mean more than their schema says, by key. */
  byKey: Record<string, fc.Arbitrary<unknown>>;
  /** What a member is replaced by. */
  texts?: readonly string[];
  seed: number;
  runs: number;
  /**
   * Sends a body and judges the reply.
   * @param mayChange where there is a change to be made as well as an object, this one is for the change; so are half of
   * those with something hostile in them.
   * @returns the status.
   */
  send(text: string, mayChange: boolean): Promise<number>;
}

/**
 * Sends two bodies in each run: one near the schema, and the same with one member replaced.
 * @returns how often each status came back.
 */
export async function batterBodies(battery: BodyBattery): Promise<Map<number, number>> {
  const { schema, byKey, texts = HOSTILE_TEXT, seed, runs, send } = battery;
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Json;
  const bodies = arbitraryOf(json, { components: (json.$defs ?? {}) as Record<string, Json>, byKey });
  const seen = new Map<number, number>();
  const count = (status: number) => seen.set(status, (seen.get(status) ?? 0) + 1);
  const run = async (body: unknown, text: string, where: number, mayChange: boolean) => {
    count(await send(JSON.stringify(body), false));
    const paths = pathsOf(body);
    count(await send(replaced(body, paths[where % paths.length] ?? [], text), mayChange));
  };
  const property = fc.asyncProperty(
    bodies,
    fc.constantFrom(...texts),
    fc.nat({ max: 200 }),
    fc.boolean(),
    run,
  );
  await fc.assert(property, { seed, numRuns: runs });
  return seen;
}

export interface QueryBattery<T> {
  targets: readonly T[];
  /** Parameters that the targets know, or some of them. */
  keys: readonly string[];
  seed: number;
  runs: number;
  /** Sends a query, which is without its question mark, and judges the reply. */
  send(target: T, query: string): Promise<unknown>;
}

/** Sends queries of known and unknown parameters with hostile values. */
export async function batterQueries<T>({ targets, keys, seed, runs, send }: QueryBattery<T>): Promise<void> {
  const pair = fc.tuple(fc.constantFrom(...keys, ...UNKNOWN_KEYS), fc.constantFrom(...HOSTILE_VALUES));
  const queries = fc.array(pair, { maxLength: MAX_PARAMETERS });
  const run = async (target: T, pairs: [string, string][]) => {
    await send(target, pairs.map(([key, value]) => `${key}=${value}`).join('&'));
  };
  await fc.assert(fc.asyncProperty(fc.constantFrom(...targets), queries, run), { seed, numRuns: runs });
}

/** Paths of all members, so that any of them can be replaced. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

/** The text of `body` with one member replaced by raw JSON text. */
function replaced(body: unknown, path: string[], text: string): string {
  const mark = '"@hostile@"';
  if (path.length === 0) return text;
  const copy = structuredClone(body) as Json;
  const parent = path.slice(0, -1).reduce<Json>((value, key) => value[key] as Json, copy);
  parent[path.at(-1) ?? ''] = '@hostile@';
  return JSON.stringify(copy).replace(mark, () => text);
}
