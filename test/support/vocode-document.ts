import { Ajv, type ValidateFunction } from 'ajv';
import { readSpec } from './specs.ts';

export type Schema = Record<string, unknown>;

interface Operation {
  requestBody?: { content: { 'application/json': { schema: Schema } } };
  responses: Record<string, { content?: { 'application/json'?: { schema: Schema } } }>;
}

/** One of the vendor's documents: its schemas, and the operations by method and path. */
export interface VocodeDocument {
  schemas: Record<string, Schema>;
  paths: Record<string, Record<string, Operation>>;
}

/** @returns undefined where the vendors' documents are not at hand. */
export function loadVocode(date: string): VocodeDocument | undefined {
  const spec = readSpec(`vocode-v1-${date}.openapi.json`) as
    | { components: { schemas: Record<string, Schema> }; paths: VocodeDocument['paths'] }
    | undefined;
  return spec && { schemas: spec.components.schemas, paths: spec.paths };
}

/** What a body of this operation may be, with a generator's reach into the schemas. */
export function bodySchema(document: VocodeDocument, path: string): Schema | undefined {
  return document.paths[path]?.post?.requestBody?.content['application/json'].schema;
}

/** Checks every reply against what the document says of its operation. */
export function replyValidator(document: VocodeDocument): (method: string, path: string) => ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'spec', components: { schemas: document.schemas } });
  const known = new Map<string, ValidateFunction>();
  return (method, path) => {
    const place = `${method} ${path}`;
    const made = known.get(place);
    if (made) return made;
    // The first revision writes some paths with a slash at their end.
    const operations = document.paths[path] ?? document.paths[`${path}/`];
    const schema =
      operations?.[method.toLowerCase()]?.responses['200']?.content?.['application/json']?.schema;
    if (!schema) throw new Error(`the document has no reply of ${place}`);
    const text = JSON.stringify(schema).replaceAll('#/components/', 'spec#/components/');
    const validate = ajv.compile(JSON.parse(text) as Schema);
    known.set(place, validate);
    return validate;
  };
}
