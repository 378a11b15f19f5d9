import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ANSWERS,
  BINDINGS,
  CAUSE_OF_ANSWER,
  CAUSE_OF_BINDING,
  DESK,
  ENDING_HOOKS,
  FALLBACK,
  MEANT,
  OTHER,
  RINGING_HOOKS,
} from '../../../test/support/routing-table.ts';
import { liveCall } from '../../../test/support/sample-call.ts';
import type { Agent } from '../../domain/agents/agent.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Squad } from '../../domain/squads/squad.ts';
import { Secret } from '../../lib/secret.ts';
import type { AssistantAnswer } from '../server-messages.ts';
import { type CastDirectory, castDestination, castSquad } from './cast.ts';
import type { Route, StageReport } from './route.ts';
import { routeCall } from './route-call.ts';

const NUMBER: PhoneNumber = {
  id: 'n1',
  orgId: 'o1',
  carrier: 'sip',
  e164CheckEnabled: true,
  status: 'active',
  binding: {},
  extras: {},
  createdAt: 0,
  updatedAt: 0,
};
const AGENT: Agent = { id: 'a1', orgId: 'o1', name: 'Ann', extras: {}, createdAt: 0, updatedAt: 0 };
const BOB: Agent = { ...AGENT, id: 'a2', name: 'Bob' };
const SQUAD: Squad = {
  id: 's1',
  orgId: 'o1',
  members: [
    { agentId: 'a1', destinations: [{ type: 'agent', agentName: 'Bob', settings: {} }], extras: {} },
    { agentId: 'a2', destinations: [], extras: {} },
  ],
  extras: {},
  createdAt: 0,
  updatedAt: 0,
};

const SELLER: Agent = { ...AGENT, id: 'a3', name: 'Seller', kind: 'outbound' };

const DIRECTORY: CastDirectory = {
  agents: {
    get: async (orgId, id) => [AGENT, BOB, SELLER].find((agent) => agent.orgId === orgId && agent.id === id),
  },
  squads: { get: async (orgId, id) => (orgId === 'o1' && id === 's1' ? SQUAD : undefined) },
  tools: {
    get: async (orgId, id) => ({
      id,
      orgId,
      tool: { type: 'function', name: 'stored', settings: {} },
      createdAt: 0,
      updatedAt: 0,
    }),
    list: async () => [],
  },
  parts: { get: async () => undefined },
  scenarios: { get: async () => undefined },
  withVendorKeys: async (agent) => agent,
};

async function routed(
  fields: Partial<PhoneNumber>,
  answer?: AssistantAnswer,
  caller = MEANT,
  headers: Record<string, string> = {},
) {
  const number = { ...NUMBER, ...fields };
  const call = liveCall('o1', 0, { status: 'ringing', customer: { number: caller }, headers });
  const reports: StageReport[] = [];
  const scene = { call, number, org: undefined, agent: undefined, messages: [], turns: [] };
  const route = await routeCall(number, scene, {
    directory: DIRECTORY,
    serverMessages: {
      assistantServer: () => (answer ? { url: 'https://customer.example' } : undefined),
      requestAssistant: async () => answer as AssistantAnswer,
    },
    considered: (report) => reports.push(report),
    signal: new AbortController().signal,
  });
  return { route, reports };
}

/** Follows a route to its end, each destination being reached or busy. */
function ending(first: Route, reached: (destination: TransferDestination) => boolean) {
  let route = first;
  const dialled: TransferDestination[] = [];
  while (route.kind === 'transfer') {
    dialled.push(route.destination);
    if (reached(route.destination)) break;
    route = route.otherwise('busy', 'SIP 486');
  }
  const reason = route.kind === 'agent' ? 'agent' : route.reason;
  return { route, reason, dialled };
}

const BUSY = 'call.forwarding.operator-busy';

interface Row {
  ringing: string;
  binding: string;
  answer: string;
  ending: string;
  fallback: boolean;
  deskReached: boolean;
}

/** What the vendor's rules say, written down apart from the code: the cause first, then what catches it. */
function expectedOf(row: Row): string {
  if (row.ringing.startsWith('say')) return 'call.ringing.hook-executed-say';
  if (row.ringing === 'transfer') {
    if (row.deskReached) return 'call.ringing.hook-executed-transfer';
    return BUSY;
  }
  const bound = CAUSE_OF_BINDING[row.binding] ?? '';
  const cause = bound === 'ask' ? (CAUSE_OF_ANSWER[row.answer] ?? '') : bound;
  if (cause === 'agent') return 'agent';
  if (cause === 'transfer' && row.deskReached) return 'assistant-request-returned-forwarding-phone-number';
  const failure = cause === 'transfer' ? 'assistant-request-returned-forwarding-phone-number' : cause;
  if (row.ending.startsWith('say') && failure.startsWith('assistant-request-'))
    return 'call.ending.hook-executed-say';
  if (row.ending.startsWith('transfer')) {
    if (row.deskReached) return 'call.ending.hook-executed-transfer';
    return BUSY;
  }
  if (row.fallback) return failure;
  return cause === 'transfer' ? BUSY : failure;
}

const rows: Row[] = Object.keys(RINGING_HOOKS).flatMap((ringing) =>
  Object.keys(BINDINGS).flatMap((binding) =>
    Object.keys(ANSWERS).flatMap((answer) =>
      Object.keys(ENDING_HOOKS).flatMap((hook) =>
        [true, false].flatMap((fallback) =>
          [true, false].map((deskReached) => ({
            ringing,
            binding,
            answer,
            ending: hook,
            fallback,
            deskReached,
          })),
        ),
      ),
    ),
  ),
);

test(`every one of ${rows.length} combinations of hook, binding, response and fallback ends as the rules say`, async () => {
  for (const row of rows) {
    const hooks = [...(RINGING_HOOKS[row.ringing] ?? []), ...(ENDING_HOOKS[row.ending] ?? [])];
    const { route } = await routed(
      {
        hooks,
        binding: BINDINGS[row.binding] ?? {},
        ...(row.fallback && { fallbackDestination: FALLBACK }),
      },
      ANSWERS[row.answer],
    );
    const { reason, dialled } = ending(route, (to) => (to === FALLBACK ? true : row.deskReached));
    assert.equal(reason, expectedOf(row), JSON.stringify(row));
    if (
      row.fallback &&
      reason !== 'agent' &&
      !reason.includes('hook-executed') &&
      !reason.includes('forwarding-phone')
    )
      assert.equal(dialled.at(-1), FALLBACK, `the fallback takes the call: ${JSON.stringify(row)}`);
  }
});

describe('routing', () => {
  test('hooks for other callers, and callers without a number, pass', async () => {
    const fields = { hooks: RINGING_HOOKS.transfer ?? [], binding: { agentId: 'a1' } };
    assert.equal((await routed(fields, undefined, OTHER)).route.kind, 'agent');
    assert.equal((await routed(fields, undefined, 'anonymous')).route.kind, 'agent');
  });

  test('of several filters all must match', async () => {
    const filters = [{ startsWith: ['91'] }, { startsWith: ['9198'] }];
    const hook = (list: typeof filters) => ({
      hooks: [
        { on: 'call.ringing' as const, filters: list, actions: [{ type: 'say' as const, exact: 'No.' }] },
      ],
    });
    assert.equal((await routed(hook(filters))).route.kind, 'say');
    assert.equal((await routed(hook([...filters, { startsWith: ['92'] }]))).route.kind, 'apologise');
  });

  test('a transfer without destination is passed over, and the timeline says so', async () => {
    const { route, reports } = await routed({
      hooks: [{ on: 'call.ringing', actions: [{ type: 'transfer' }] }],
      binding: { agentId: 'a1' },
    });
    assert.equal(route.kind, 'agent');
    assert.deepEqual(reports[0], {
      stage: 'call.ringing hook',
      outcome: 'skipped',
      why: 'hook 1: its transfer has no destination',
    });
  });

  test('the agent outranks squad and workflow, and the squad the workflow', async () => {
    const all = await routed({ binding: { agentId: 'a2', squadId: 's1', workflowId: 'w1' } });
    assert.equal(all.route.kind === 'agent' && all.route.cast.agentId, 'a2');
    const two = await routed({ binding: { squadId: 's1', workflowId: 'w1' } });
    assert.equal(two.route.kind === 'agent' && two.route.cast.squad?.id, 's1');
  });

  test("another org's agent does not answer", async () => {
    const { route } = await routed({ orgId: 'o2', binding: { agentId: 'a1' } });
    assert.equal(route.kind === 'apologise' && route.reason, 'assistant-not-found');
  });

  test('an agent that is made to place calls takes none', async () => {
    const bound = await routed({ binding: { agentId: SELLER.id } });
    assert.equal(bound.route.kind === 'apologise' && bound.route.reason, 'assistant-not-valid');
    assert.deepEqual(
      bound.reports.map(({ stage, outcome }) => [stage, outcome]),
      [['binding', 'failed']],
    );
    const caught = await routed({ binding: { agentId: SELLER.id }, fallbackDestination: FALLBACK });
    assert.equal(caught.route.kind, 'transfer');
  });

  test("the customer's own sentence is spoken only where nothing else catches the call", async () => {
    const answer = ANSWERS.error as AssistantAnswer;
    const alone = (await routed({}, answer)).route;
    assert.equal(alone.kind === 'say' && alone.sentence, 'Please call tomorrow.');
    assert.equal((await routed({ fallbackDestination: FALLBACK }, answer)).route.kind, 'transfer');
  });

  test('what failed is told to the customer, and not to the caller', async () => {
    const { route } = await routed(
      {},
      {
        kind: 'failed',
        failure: {
          reason: 'assistant-request-returned-invalid-assistant',
          detail: 'assistant.model.provider must be one of the known',
          response: { assistant: { model: { provider: 'x' } } },
        },
      },
    );
    assert.equal(route.kind, 'apologise');
    assert.deepEqual(route.kind === 'apologise' && route.failure, {
      error: 'the assistant-request did not give an assistant',
      requestError: 'assistant.model.provider must be one of the known',
      response: { assistant: { model: { provider: 'x' } } },
    });
  });

  test('a fallback that is busy ends the call with what the destination said', async () => {
    const { route } = await routed({ fallbackDestination: FALLBACK }, ANSWERS.failed);
    const { reason, dialled } = ending(route, () => false);
    assert.deepEqual([reason, dialled], [BUSY, [FALLBACK]]);
  });

  test('a call.ending transfer that is not reached leaves the call to the fallback', async () => {
    const hooks = ENDING_HOOKS['transfer, for any reason'] ?? [];
    const { route } = await routed({ hooks, fallbackDestination: FALLBACK }, ANSWERS.failed);
    assert.deepEqual(ending(route, (to) => to === FALLBACK).dialled, [DESK, FALLBACK]);
  });
});

describe('a squad', () => {
  test('lets its first member answer, with a tool to hand over to the others', async () => {
    const cast = await castSquad(DIRECTORY, 'o1', 's1', { fields: { firstMessage: 'Hi.' } });
    assert.equal(cast.agentId, 'a1');
    assert.equal(cast.agent.firstMessage, 'Hi.');
    assert.deepEqual(
      cast.agent.brain?.tools.map(({ type, destinations }) => [type, destinations?.length]),
      [['handoff', 1]],
    );
  });

  test('lays its own overrides over those of the member', async () => {
    const squad: Squad = {
      ...SQUAD,
      members: [
        {
          agentId: 'a1',
          overrides: { fields: { firstMessage: 'a', name: 'x' } },
          destinations: [],
          extras: {},
        },
      ],
      membersOverrides: { fields: { firstMessage: 'b' }, variables: { city: 'Ulm' } },
    };
    const cast = await castSquad(DIRECTORY, 'o1', squad);
    assert.deepEqual([cast.agent.firstMessage, cast.agent.name], ['b', 'x']);
    assert.deepEqual(cast.variables, { city: 'Ulm' });
  });

  test('finds the member that a handoff names, by name or id', async () => {
    const current = await castSquad(DIRECTORY, 'o1', 's1');
    for (const named of [{ agentName: 'Bob' }, { agentId: 'a2' }]) {
      const cast = await castDestination(DIRECTORY, current, { type: 'agent', settings: {}, ...named });
      assert.equal(cast.agentId, 'a2');
      assert.equal(cast.squad?.id, 's1', 'it stays in the squad');
    }
    const stranger = { type: 'agent' as const, agentName: 'Zoe', settings: {} };
    await assert.rejects(castDestination(DIRECTORY, current, stranger), /no agent named "Zoe"/);
  });

  test('an agent has the stored tools that it names by id', async () => {
    const brain = { provider: 'offhook', messages: [], tools: [], toolIds: ['t1'], settings: {} };
    const squad: Squad = {
      ...SQUAD,
      members: [{ agent: { ...AGENT, brain }, destinations: [], extras: {} }],
    };
    const cast = await castSquad(DIRECTORY, 'o1', squad);
    assert.deepEqual(cast.agent.brain?.tools, [{ id: 't1', type: 'function', name: 'stored', settings: {} }]);
  });
});

describe('the agent that a caller names in a header', () => {
  const authentication = { username: 'trunk', password: new Secret('p') };
  const binding = { agentId: 'a1' };
  const named = (fields: Partial<PhoneNumber>, id: string) =>
    routed({ binding, ...fields }, undefined, MEANT, { 'x-phone-agent-id': id });
  const answering = ({ route }: { route: Route }) =>
    route.kind === 'agent' ? route.cast.agentId : route.kind;

  test('answers in place of the one that the number is bound to', async () => {
    const found = await named({ authentication }, ' A2 ');
    assert.equal(answering(found), 'a2');
    assert.deepEqual(
      found.reports.map(({ stage, outcome }) => [stage, outcome]),
      [['X-Phone-Agent-Id header', 'taken']],
    );
  });

  test('is not listened to on a number that anybody may call', async () => {
    assert.equal(answering(await named({}, 'a2')), 'a1');
  });

  test('changes nothing where the org has none such', async () => {
    const found = await named({ authentication }, 'a9');
    assert.equal(answering(found), 'a1');
    assert.equal(found.reports[0]?.outcome, 'skipped');
    assert.equal(answering(await named({ authentication, orgId: 'o2', binding: {} }, 'a1')), 'apologise');
    assert.equal(answering(await named({ authentication }, '')), 'a1');
    assert.equal(answering(await named({ authentication }, SELLER.id)), 'a1');
  });
});
