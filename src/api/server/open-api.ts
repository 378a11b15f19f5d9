import * as z from 'zod';
import type { Dialect, SchemaRegistry } from './dialect.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

const REF_PREFIX = '#/components/schemas/';

/**
 * The OpenAPI 3.1 document of a dialect, made from the schemas that check its requests.
 * @throws when a route's body or response is not in the registry: clients generate types from the names.
 */
export function openApiDocument(dialect: Dialect, version: string): Json {
  const registry = dialect.components;
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri: (id) => `${REF_PREFIX}${id}`,
    override: ({ jsonSchema }) => {
      // The pattern repeats what the format says, at great length.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  for (const schema of Object.values(schemas) as Json[]) {
    delete schema.$schema;
    delete schema.$id;
  }
  const paths: Record<string, Json> = {};
  for (const route of dialect.routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(route, registry);
  }
  return {
    openapi: '3.1.0',
    info: { title: dialect.title, version },
    servers: [{ url: dialect.mounts.find((mount) => mount !== '') ?? '/' }],
    security: [{ bearer: [] }],
    paths,
    components: { schemas, securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  };
}

function operation(route: Route, registry: SchemaRegistry): Json {
  const content = contentOf(route, registry);
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(route.body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: reference(route.body, registry, route.operationId) } },
      },
    }),
    responses: {
      [route.status]: { description: 'Success', ...(content && { content }) },
      '4XX': {
        description: 'Refused',
        content: { 'application/json': { schema: { $ref: `${REF_PREFIX}Error` } } },
      },
    },
  };
}

/** Undefined for a reply without a body. */
function contentOf({ response, media, operationId }: Route, registry: SchemaRegistry): Json | undefined {
  if (response) return { 'application/json': { schema: reference(response, registry, operationId) } };
  return media === undefined ? undefined : { [media]: { schema: { type: 'string', format: 'binary' } } };
}

function reference(schema: z.ZodType, registry: SchemaRegistry, operationId: string): Json {
  const id = registry.get(schema)?.id;
  if (id !== undefined) return { $ref: `${REF_PREFIX}${id}` };
  if (schema instanceof z.ZodArray) {
    return { type: 'array', items: reference(schema.element as z.ZodType, registry, operationId) };
  }
  throw new Error(`a schema of ${operationId} has no name`);
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, property]) => {
    const { pattern: _, ...rest } = property as Json;
    return { name, in: place, required: place === 'path' || required.includes(name), schema: rest };
  });
}
