import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeAgent } from '../../../test/support/fake-voice.ts';
import type { Agent } from '../../domain/agents/agent.ts';
import type { PartRepository } from '../../domain/parts/part-repository.ts';
import { equipped, type MeansDirectory, meansOf } from './agent-means.ts';
import { refusalOf } from './number-status.ts';

const STORED = { createdAt: 0, updatedAt: 0 };
const DIRECTORY: MeansDirectory = {
  scenarios: {
    get: async (orgId, id) =>
      id === 's1' ? { id, orgId, title: 'Late orders', content: 'Say sorry first.', ...STORED } : undefined,
  },
  parts: {
    get: (async (orgId: string, kind: string, id: string) =>
      kind === 'prompt' && id === 'p1'
        ? { id, orgId, kind, content: 'We sell bread.', plan: {}, ...STORED }
        : undefined) as PartRepository['get'],
  },
};

const means = (agent: Partial<Agent>) => meansOf(fakeAgent(agent), DIRECTORY);

describe('what an agent has by its settings', () => {
  test('is nothing without them', async () => {
    assert.deepEqual(await means({}), { texts: [], tools: [], missing: [] });
  });

  test('is the text of its template and of its scenarios; what is missing is named', async () => {
    const { texts, missing } = await means({
      promptPlan: { template: { id: 'p1', requiredContextKeys: [] } },
      scenarioIds: ['s1', 's2'],
    });
    assert.deepEqual(texts, ['We sell bread.', 'Late orders\nSay sorry first.']);
    assert.deepEqual(missing, ['scenario s2 does not exist']);
    const lost = await means({ promptPlan: { template: { id: 'p2', requiredContextKeys: [] } } });
    assert.deepEqual(lost.missing, ['prompt template p2 does not exist']);
  });

  test('is one tool for the fields of Vocode and of open.cx, each asked for in the prompt', async () => {
    const { texts, tools } = await means({
      promptPlan: { collectFields: [{ name: 'email', label: 'E-mail', type: 'field_type_email' }] },
      dataCollection: { fields: [{ name: 'city', description: 'where to deliver' }, { name: 'email' }] },
    });
    assert.deepEqual(
      tools.map(({ name, parameters }) => [name, parameters]),
      [
        [
          'save_fields',
          {
            type: 'object',
            properties: {
              email: { type: 'string', description: 'email' },
              city: { type: 'string', description: 'where to deliver' },
            },
          },
        ],
      ],
    );
    assert.match(texts[0] ?? '', /\n- email \(email\)\n- city \(where to deliver\)$/);
    assert.doesNotMatch(texts[0] ?? '', /:/);
  });

  test('is the search in documents, the list of who may not be called, and the way to a person', async () => {
    const destination = { type: 'sip' as const, sipUri: 'sip:desk@example.com' };
    const { tools } = await means({
      usesKnowledge: true,
      doNotCallDetection: true,
      handoffDestination: destination,
    });
    assert.deepEqual(
      tools.map(({ type }) => type),
      ['transferCall', 'searchKnowledge', 'markDoNotCall'],
    );
    assert.deepEqual(tools[0]?.destinations, [destination]);
  });

  test('stands behind its system messages and its own tools', () => {
    const own = { type: 'endCall', settings: {} };
    const brain = equipped(
      {
        provider: 'x',
        messages: [
          { role: 'system', content: 'You are brief.' },
          { role: 'user', content: 'Hi.' },
        ],
        tools: [own],
        toolIds: [],
        settings: {},
      },
      { texts: ['More.'], tools: [{ type: 'dtmf', settings: {} }] },
    );
    assert.deepEqual(
      brain.messages.map(({ content }) => content),
      ['You are brief.', 'More.', 'Hi.'],
    );
    assert.deepEqual(
      brain.tools.map(({ type }) => type),
      ['endCall', 'dtmf'],
    );
  });
});

test('a number that only places calls takes none', () => {
  const number = { status: 'active', outboundOnly: true } as Parameters<typeof refusalOf>[0];
  assert.equal(refusalOf(number), 'number-outbound-only');
  assert.equal(refusalOf({ ...number, outboundOnly: false }), undefined);
});
