import fc from 'fast-check';

type Schema = Record<string, unknown>;

export interface SchemaArbitraryOptions {
  /** Named schemas that `#/components/schemas/<name>` refers to. */
  components: Record<string, Schema>;
  /** Values of fields that mean more than their schema says, by key. */
  byKey: Record<string, fc.Arbitrary<unknown>>;
}

/** Below this depth optional keys are left out, so that recursive schemas end. */
const OPTIONAL_DEPTH = 6;
const MAX_TEXT = 40;
const MAX_ITEMS = 3;

/** Values that a JSON schema (draft 2020-12 or OpenAPI 3.0) allows, without null. */
export function arbitraryOf(
  schema: Schema,
  options: SchemaArbitraryOptions,
  depth = 0,
): fc.Arbitrary<unknown> {
  const again = (inner: unknown) => arbitraryOf(inner as Schema, options, depth + 1);
  if (typeof schema.$ref === 'string') {
    const target = options.components[schema.$ref.split('/').at(-1) ?? ''];
    if (!target) throw new Error(`no schema ${schema.$ref}`);
    return arbitraryOf(target, options, depth);
  }
  if (Array.isArray(schema.allOf)) return again(schema.allOf[0]);
  const forms = (schema.oneOf ?? schema.anyOf) as Schema[] | undefined;
  if (forms) return fc.oneof(...forms.filter(({ type }) => type !== 'null').map(again));
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const type = Array.isArray(schema.type) ? schema.type.find((name) => name !== 'null') : schema.type;
  switch (type) {
    case 'string':
      return text(schema);
    case 'number':
      return number(schema);
    case 'integer':
      return fc.integer(bounds(schema));
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const { minItems: minLength = 0, maxItems = MAX_ITEMS } = schema as {
        minItems?: number;
        maxItems?: number;
      };
      return fc.array(again(schema.items ?? {}), {
        minLength,
        maxLength: Math.max(minLength, Math.min(maxItems, MAX_ITEMS)),
      });
    }
    case 'object':
      return object(schema, options, depth);
    default:
      return fc.jsonValue({ maxDepth: 1 }).filter((value) => value !== null);
  }
}

function object(schema: Schema, options: SchemaArbitraryOptions, depth: number): fc.Arbitrary<unknown> {
  const { properties, required = [] } = schema as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  if (!properties)
    return fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[a-z ]{1,10}$/), {
      maxKeys: 2,
    });
  const entries = Object.entries(properties)
    .filter(([key]) => depth < OPTIONAL_DEPTH || required.includes(key))
    .map(([key, inner]) => [key, options.byKey[key] ?? arbitraryOf(inner, options, depth + 1)] as const);
  return fc.record(Object.fromEntries(entries), { requiredKeys: required, noNullPrototype: true });
}

function text({ minLength = 0, maxLength = MAX_TEXT, format, pattern }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  // The vendor's documents write some patterns with slashes, which is no JSON schema.
  if (typeof pattern === 'string' && !pattern.startsWith('/')) return fc.stringMatching(new RegExp(pattern));
  const least = minLength as number;
  return fc.string({ minLength: least, maxLength: Math.max(least, Math.min(maxLength as number, MAX_TEXT)) });
}

function number(schema: Schema): fc.Arbitrary<number> {
  const { minimum = 0 } = schema as { minimum?: number };
  const { maximum = minimum + 1000 } = schema as { maximum?: number };
  if (maximum - minimum >= 2) return fc.integer(bounds(schema));
  return fc.double({ min: minimum, max: maximum, noNaN: true });
}

function bounds(schema: Schema): { min: number; max: number } {
  const { minimum = 0 } = schema as { minimum?: number };
  const { maximum = minimum + 1000 } = schema as { maximum?: number };
  return { min: Math.ceil(minimum), max: Math.floor(maximum) };
}
