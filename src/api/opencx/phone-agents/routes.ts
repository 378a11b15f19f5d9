import * as z from 'zod';
import type { Agent } from '../../../domain/agents/agent.ts';
import { newId } from '../../../lib/ids.ts';
import { type Route, route } from '../../server/route.ts';
import type { OpencxContext } from '../context.ts';
import { known } from '../errors.ts';
import { idParams } from '../fields.ts';
import { requireReferences } from '../references.ts';
import { fromAgent } from './from-domain.ts';
import {
  createPhoneAgentSchema,
  type PhoneAgentReply,
  phoneAgentSchema,
  updatePhoneAgentSchema,
} from './schema.ts';
import { toAgent, withChanges } from './to-domain.ts';

const tag = 'Phone Agents';
const THING = 'Phone agent';
/** The vendor's list has no pages: more than anybody has by hand, and still a reply of a few megabytes. */
const MAX_LISTED = 10_000;

export function phoneAgentRoutes(context: OpencxContext): Route[] {
  return [...writingRoutes(context), ...readingRoutes(context)];
}

function writingRoutes(context: OpencxContext): Route[] {
  const { agents, clock } = context;
  return [
    route({
      method: 'POST',
      path: '/phone',
      operationId: 'createPhoneAgent',
      summary: 'Create an AI phone agent',
      tag,
      body: createPhoneAgentSchema,
      status: 200,
      response: phoneAgentSchema,
      handle: async ({ orgId, body }) => {
        await requireReferences(context, orgId, body);
        const now = clock.now();
        const agent = toAgent(body, { id: newId(now), orgId, now });
        await agents.insert(agent);
        return fromAgent(agent, undefined);
      },
    }),
    route({
      method: 'PATCH',
      path: '/phone/:id',
      operationId: 'updatePhoneAgent',
      summary: 'Update an AI phone agent',
      tag,
      params: idParams,
      body: updatePhoneAgentSchema,
      status: 200,
      response: phoneAgentSchema,
      handle: async ({ orgId, params, body }) => {
        known(await agents.get(orgId, params.id), THING);
        await requireReferences(context, orgId, body);
        const updated = await agents.update(orgId, params.id, (agent) =>
          withChanges(agent, body, clock.now()),
        );
        return shown(context, known(updated, THING));
      },
    }),
    route({
      method: 'DELETE',
      path: '/phone/:id',
      operationId: 'deletePhoneAgent',
      summary: 'Delete an AI phone agent',
      tag,
      params: idParams,
      status: 200,
      handle: async ({ orgId, params }) => {
        known(await agents.remove(orgId, params.id), THING);
      },
    }),
  ];
}

function readingRoutes(context: OpencxContext): Route[] {
  const { agents } = context;
  return [
    route({
      method: 'GET',
      path: '/phone',
      operationId: 'listPhoneAgents',
      summary: 'List AI phone agents',
      tag,
      status: 200,
      response: z.array(phoneAgentSchema),
      handle: async ({ orgId }) => listed(context, orgId),
    }),
    route({
      method: 'GET',
      path: '/phone/:id',
      operationId: 'getPhoneAgent',
      summary: 'Get an AI phone agent',
      tag,
      params: idParams,
      status: 200,
      response: phoneAgentSchema,
      handle: async ({ orgId, params }) => shown(context, known(await agents.get(orgId, params.id), THING)),
    }),
  ];
}

/** An agent and the oldest of the numbers that are bound to it: for the vendor they are one object. */
async function shown({ numbers }: OpencxContext, agent: Agent): Promise<PhoneAgentReply> {
  const [number] = await numbers.oldestOfAgents(agent.orgId, agent.id);
  return fromAgent(agent, number);
}

/** Newest first. */
async function listed({ agents, numbers }: OpencxContext, orgId: string): Promise<PhoneAgentReply[]> {
  const [all, bound] = await Promise.all([
    agents.list(orgId, { limit: MAX_LISTED }),
    numbers.oldestOfAgents(orgId),
  ]);
  const byAgent = new Map(bound.map((number) => [number.binding.agentId, number]));
  return all.map((agent) => fromAgent(agent, byAgent.get(agent.id)));
}
