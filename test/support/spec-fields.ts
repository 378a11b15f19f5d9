interface Schema {
  $ref?: string;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  properties?: Record<string, Schema>;
}

interface Operation {
  parameters?: { name: string }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

export interface SpecDocument {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

/**
 * Every field that a document has, in its requests and answers and in schemas that none of these names: by the name of its schema (`Parent.field` for an object written in place,
 * the path for a body without a name), and `query` for the parameters.
 */
export function fieldsOf({ paths, components }: SpecDocument): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const seen = new Set<string>();
  const add = (owner: string, name: string) => found.set(owner, (found.get(owner) ?? new Set()).add(name));
  const walk = (schema: Schema | undefined, owner: string): void => {
    if (!schema) return;
    const { $ref, oneOf = [], anyOf = [], allOf = [], items, properties = {} } = schema;
    const { additionalProperties: others } = schema;
    if ($ref) {
      const name = $ref.split('/').at(-1) ?? '';
      if (seen.has(name)) return;
      seen.add(name);
      walk(components?.schemas?.[name], name);
      return;
    }
    for (const part of [...oneOf, ...anyOf, ...allOf, ...(items ? [items] : [])]) walk(part, owner);
    if (typeof others === 'object') walk(others, owner);
    for (const [name, member] of Object.entries(properties)) {
      add(owner, name);
      walk(member, `${owner}.${name}`);
    }
  };
  for (const [path, operations] of Object.entries(paths)) {
    for (const { parameters = [], requestBody, responses = {} } of Object.values(operations)) {
      for (const { name } of parameters) add('query', name);
      for (const { schema } of Object.values(requestBody?.content ?? {})) walk(schema, path);
      for (const { content = {} } of Object.values(responses))
        for (const { schema } of Object.values(content)) walk(schema, path);
    }
  }
  for (const name of Object.keys(components?.schemas ?? {})) walk({ $ref: name }, name);
  return found;
}
