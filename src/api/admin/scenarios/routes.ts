import type { ScenarioRepository } from '../../../domain/knowledge/knowledge-repository.ts';
import type { Clock } from '../../../lib/clock.ts';
import { newId } from '../../../lib/ids.ts';
import { compact } from '../../server/fields.ts';
import { type Route, route } from '../../server/route.ts';
import { known } from '../known.ts';
import { idParams } from '../schema.ts';
import { shownSlice, sliceQuery } from '../slices.ts';
import { fromScenario } from './from-domain.ts';
import {
  createScenarioSchema,
  scenarioChangesSchema,
  scenarioSchema,
  scenarioSliceSchema,
} from './schema.ts';

const tag = 'Scenarios';

export interface ScenariosContext {
  scenarios: ScenarioRepository;
  clock: Clock;
}

/** What agents should do in a kind of situation; an agent that names a scenario has it in its prompt. */
export function scenarioRoutes(context: ScenariosContext): Route[] {
  return [...writingRoutes(context), ...readingRoutes(context)];
}

function writingRoutes({ scenarios, clock }: ScenariosContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/scenarios',
      operationId: 'createScenario',
      summary: 'Make a training scenario',
      tag,
      body: createScenarioSchema,
      status: 201,
      response: scenarioSchema,
      handle: async ({ orgId, body }) => {
        const now = clock.now();
        const scenario = { id: newId(now), orgId, ...body, createdAt: now, updatedAt: now };
        await scenarios.insert(scenario);
        return fromScenario(scenario);
      },
    }),
    route({
      method: 'PATCH',
      path: '/scenarios/:id',
      operationId: 'updateScenario',
      summary: 'Change a scenario for every agent that names it',
      tag,
      params: idParams,
      body: scenarioChangesSchema,
      status: 200,
      response: scenarioSchema,
      handle: async ({ orgId, params, body }) => {
        const updatedAt = clock.now();
        const change = compact(body);
        const changed = await scenarios.update(orgId, params.id, (scenario) => ({
          ...scenario,
          ...change,
          updatedAt,
        }));
        return fromScenario(known(changed, 'scenario'));
      },
    }),
    route({
      method: 'DELETE',
      path: '/scenarios/:id',
      operationId: 'deleteScenario',
      summary: 'Remove a scenario; agents that name it go on without it',
      tag,
      params: idParams,
      status: 200,
      response: scenarioSchema,
      handle: async ({ orgId, params }) =>
        fromScenario(known(await scenarios.remove(orgId, params.id), 'scenario')),
    }),
  ];
}

function readingRoutes({ scenarios }: ScenariosContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/scenarios',
      operationId: 'listScenarios',
      summary: 'The scenarios, the newest first',
      tag,
      query: sliceQuery,
      status: 200,
      response: scenarioSliceSchema,
      handle: ({ orgId, query }) => shownSlice(query, (slice) => scenarios.list(orgId, slice), fromScenario),
    }),
    route({
      method: 'GET',
      path: '/scenarios/:id',
      operationId: 'getScenario',
      summary: 'One scenario',
      tag,
      params: idParams,
      status: 200,
      response: scenarioSchema,
      handle: async ({ orgId, params }) =>
        fromScenario(known(await scenarios.get(orgId, params.id), 'scenario')),
    }),
  ];
}
