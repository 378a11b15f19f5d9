import * as z from 'zod';
import { given, identityShape, nested } from '../fields.ts';
import { named, perRevision } from '../revision.ts';

const MAX_KEY_LENGTH = 4096;

const type = z.literal('vector_database_pinecone');
const apiKey = () => z.string().max(MAX_KEY_LENGTH).meta({ writeOnly: true });

const paramsShape = { type, index: z.string(), api_key: apiKey(), api_environment: z.string() };

export const vectorDatabaseSchemas = perRevision((revision) => ({
  params: named(revision, 'PineconeVectorDatabaseParams', z.object(paramsShape)),
  update: named(
    revision,
    'PineconeVectorDatabaseUpdateParams',
    nested({
      type,
      index: given(z.string()),
      api_key: given(apiKey()),
      api_environment: given(z.string()),
    }),
  ),
  shown: named(revision, 'PineconeVectorDatabase', z.object({ ...identityShape, ...paramsShape })),
}));

type Schemas = ReturnType<typeof vectorDatabaseSchemas>;
export type VectorDatabaseParams = z.output<Schemas['params']>;
export type VectorDatabaseUpdateParams = z.output<Schemas['update']>;
