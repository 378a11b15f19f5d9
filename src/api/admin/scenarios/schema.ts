import * as z from 'zod';
import { named } from '../errors.ts';
import { instant } from '../schema.ts';
import { sliceSchema } from '../slices.ts';

const MAX_TITLE_LENGTH = 200;
/** Characters; all scenarios of an agent stand in its prompt. */
const MAX_CONTENT_LENGTH = 20_000;

const shape = {
  title: z.string().trim().min(1).max(MAX_TITLE_LENGTH),
  content: z.string().max(MAX_CONTENT_LENGTH).regex(/\S/, 'must hold some text'),
};

export const createScenarioSchema = named('CreateScenario', z.strictObject(shape));

/** What is given replaces, all else stays. */
export const scenarioChangesSchema = named('UpdateScenario', z.strictObject(shape).partial());

export const scenarioSchema = named(
  'Scenario',
  z.object({
    id: z.string(),
    title: z.string(),
    content: z.string().meta({ description: 'What an agent should do in such a case, in plain words.' }),
    createdAt: instant(),
    updatedAt: instant(),
  }),
);

export const scenarioSliceSchema = named('Scenarios', sliceSchema(scenarioSchema));
