import { ImportError } from './import-error.ts';
import { isObject, type Json, type JsonObject, mapMembers, textOf } from './json.ts';

/** What the exchange's own document says about one body that it would be sent. */
export interface Reading {
  /** The body without what the exchange would refuse or ignore. */
  body: Json;
  /** Paths that were left out. */
  strays: string[];
  /** Paths of secrets that the body holds; they are never shown again. */
  secrets: string[];
  /** Paths of secrets that the body has room for and does not hold. */
  missingSecrets: { path: string; isRequired: boolean }[];
  /** Paths of required fields, other than secrets, that the body does not hold. */
  missing: string[];
}

const REF_PREFIX = '#/components/schemas/';

/**
 * Reads bodies by the JSON schemas of an OpenAPI document as the exchange prints it: objects, arrays, unions,
 * references. Whether a value is within its bounds is left to the exchange, which says so in its refusal.
 */
export class RequestSchemas {
  readonly #paths: JsonObject;
  readonly #schemas: JsonObject;

  /** @throws {ImportError} when it is no OpenAPI document. */
  constructor(document: Json) {
    const components = isObject(document) && isObject(document.components) ? document.components : {};
    if (!isObject(document) || !isObject(document.paths) || !isObject(components.schemas))
      throw new ImportError('the exchange gives no OpenAPI document: is it an Offhook, and of this version?');
    this.#paths = document.paths;
    this.#schemas = components.schemas;
  }

  /** Reads the body of a POST to this path. @throws {ImportError} when the exchange has no such route. */
  read(path: string, body: JsonObject): Reading {
    const schema = this.#bodySchema(path);
    if (schema === undefined) throw new ImportError(`the exchange has no route POST ${path}`);
    return this.#read(schema, body, '');
  }

  #bodySchema(path: string): Json | undefined {
    let found: Json | undefined = this.#paths[path];
    for (const key of ['post', 'requestBody', 'content', 'application/json', 'schema'])
      found = isObject(found) ? found[key] : undefined;
    return found;
  }

  #resolved(schema: Json): JsonObject {
    let current: Json | undefined = schema;
    // Two names may stand for one another in a broken document.
    for (let hops = 0; hops < 10 && isObject(current); hops += 1) {
      const reference = textOf(current.$ref);
      if (reference === undefined) return current;
      current = this.#schemas[reference.slice(REF_PREFIX.length)];
    }
    return {};
  }

  #read(given: Json, value: Json, path: string): Reading {
    const schema = this.#resolved(given);
    const branches = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(branches)) return this.#closest(branches, value, path);
    if (Array.isArray(value)) return this.#readList(schema, value, path);
    if (isObject(value) && (isObject(schema.properties) || schema.additionalProperties !== undefined))
      return this.#readObject(schema, value, path);
    return taken(value);
  }

  /** Of the forms that a value may have, the one that fits it best. */
  #closest(branches: readonly Json[], value: Json, path: string): Reading {
    const readings = branches
      .filter((branch) => this.#fits(branch, value))
      .map((branch) => this.#read(branch, value, path));
    const faults = ({ strays, missing }: Reading) => strays.length + missing.length;
    const [best] = readings.sort((a, b) => faults(a) - faults(b));
    return best ?? taken(value);
  }

  #fits(branch: Json, value: Json): boolean {
    const schema = this.#resolved(branch);
    const inner = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(inner)) return inner.some((each) => this.#fits(each, value));
    if (!isOfType(schema.type, value)) return false;
    if (!isObject(value)) return true;
    const properties = isObject(schema.properties) ? schema.properties : {};
    return Object.entries(properties).every(([key, property]) => {
      const member = Object.hasOwn(value, key) ? value[key] : undefined;
      const { const: only, enum: allowed } = this.#resolved(property);
      if (member === undefined) return true;
      if (only !== undefined) return member === only;
      return !Array.isArray(allowed) || typeof member !== 'string' || allowed.includes(member);
    });
  }

  #readList(schema: JsonObject, value: Json[], path: string): Reading {
    if (schema.items === undefined) return taken(value);
    const { items } = schema;
    const readings = value.map((item, index) => this.#read(items, item, `${path}.${index}`));
    return { ...joined(readings), body: readings.map(({ body }) => body) };
  }

  #readObject(schema: JsonObject, value: JsonObject, path: string): Reading {
    const properties = isObject(schema.properties) ? schema.properties : {};
    const required = Array.isArray(schema.required) ? schema.required : [];
    const at = (key: string) => (path === '' ? key : `${path}.${key}`);
    const found: Reading[] = [];
    const body = mapMembers(value, (key, member) => {
      if (Object.hasOwn(properties, key)) {
        const property = properties[key] as Json;
        const reading = this.#read(property, member, at(key));
        found.push(this.#isSecret(property) ? { ...reading, secrets: [at(key)] } : reading);
        return reading.body;
      }
      if (schema.additionalProperties !== false) return member;
      found.push({ ...taken(null), strays: [at(key)] });
      return undefined;
    });
    const all = joined(found);
    for (const [key, property] of Object.entries(properties)) {
      if (Object.hasOwn(value, key)) continue;
      const isRequired = required.includes(key);
      if (this.#isSecret(property)) all.missingSecrets.push({ path: at(key), isRequired });
      else if (isRequired) all.missing.push(at(key));
    }
    return { ...all, body };
  }

  /** The mark stands on the property, or on the one form of it that is not null. */
  #isSecret(property: Json): boolean {
    const schema = this.#resolved(property);
    if (schema.writeOnly === true) return true;
    return (
      Array.isArray(schema.anyOf) && schema.anyOf.some((branch) => this.#resolved(branch).writeOnly === true)
    );
  }
}

/** A value that is taken as it is. */
function taken(body: Json): Reading {
  return { body, strays: [], secrets: [], missingSecrets: [], missing: [] };
}

function joined(readings: readonly Reading[]): Omit<Reading, 'body'> {
  return {
    strays: readings.flatMap(({ strays }) => strays),
    secrets: readings.flatMap(({ secrets }) => secrets),
    missingSecrets: readings.flatMap(({ missingSecrets }) => missingSecrets),
    missing: readings.flatMap(({ missing }) => missing),
  };
}

function isOfType(type: Json | undefined, value: Json): boolean {
  if (type === undefined) return true;
  const name = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const types = [type].flat();
  return types.includes(name) || (name === 'number' && types.includes('integer'));
}
