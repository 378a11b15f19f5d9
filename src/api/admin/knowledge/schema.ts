import * as z from 'zod';
import { named } from '../errors.ts';
import { instant } from '../schema.ts';
import { sliceSchema } from '../slices.ts';

const MAX_TITLE_LENGTH = 200;
/** Characters; the limit of a body's bytes is near it. A book is given in chapters. */
const MAX_CONTENT_LENGTH = 1_000_000;
/** Characters of a question: more than anybody asks in one breath. */
const MAX_QUESTION_LENGTH = 2_000;
const DEFAULT_PASSAGES = 5;
const MAX_PASSAGES = 20;

const title = () => z.string().trim().min(1).max(MAX_TITLE_LENGTH);
const format = () => z.enum(['text', 'markdown']);

export const createDocumentSchema = named(
  'CreateKnowledgeDocument',
  z.strictObject({
    title: title(),
    format: format().default('text').meta({
      description: 'In Markdown a heading goes along with each passage below it.',
    }),
    content: z.string().max(MAX_CONTENT_LENGTH).regex(/\S/, 'must hold some text'),
  }),
);

export const searchQuery = z.strictObject({
  q: z.string().min(1).max(MAX_QUESTION_LENGTH).meta({ description: 'A question in plain words.' }),
  limit: z.coerce.number().int().min(1).max(MAX_PASSAGES).default(DEFAULT_PASSAGES),
});

export const documentSchema = named(
  'KnowledgeDocument',
  z.object({
    id: z.string(),
    title: z.string(),
    format: format(),
    characters: z.int().meta({ description: 'Length of the content.' }),
    createdAt: instant(),
  }),
);

export const documentDetailSchema = named(
  'KnowledgeDocumentDetail',
  documentSchema.extend({ content: z.string() }),
);

export const documentSliceSchema = named('KnowledgeDocuments', sliceSchema(documentSchema));

export const passagesSchema = named(
  'KnowledgePassages',
  z.object({
    items: z.array(z.object({ documentId: z.string(), title: z.string(), text: z.string() })),
  }),
);
