import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeAgent } from '../../../test/support/fake-voice.ts';
import { liveCall } from '../../../test/support/sample-call.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import type { KnowledgePassage } from '../../domain/knowledge/knowledge.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { markDoNotCallTool, saveFieldsTool, searchKnowledgeTool } from '../../voice/tools/exchange-tools.ts';
import { CallRecorder } from './call-recorder.ts';
import { runExchangeTool } from './exchange-tool.ts';

const FIELDS = [{ name: 'email' }, { name: 'age' }];

function setUp(search: (...args: unknown[]) => Promise<KnowledgePassage[]> = async () => []) {
  const call = liveCall('o1', 0);
  const types: string[] = [];
  const calls = {
    record: async (_org: string, _id: string, events: { type: string }[]) => {
      types.push(...events.map(({ type }) => type));
      return call;
    },
  } as unknown as CallRepository;
  const recorder = new CallRecorder({
    call,
    calls,
    render: () => [],
    clock: new FakeClock(0),
    logger: silentLogger,
  });
  const agent = fakeAgent({ dataCollection: { fields: FIELDS } });
  const run = (tool: ReturnType<typeof searchKnowledgeTool>, input: unknown) =>
    runExchangeTool(
      { id: 't1', tool, name: tool.name ?? '', arguments: input },
      { recorder, knowledge: { search }, agent, logger: silentLogger },
    );
  return { run, recorder, types };
}

describe('search_knowledge', () => {
  test('gives the passages of the org that fit', async () => {
    const asked: unknown[] = [];
    const { run, recorder } = setUp(async (...args) => {
      asked.push(args);
      return [
        { documentId: 'd1', title: 'Hours', text: 'Nine to five.' },
        { documentId: 'd2', title: 'Sundays', text: 'Closed.' },
      ];
    });
    const result = await run(searchKnowledgeTool(), { question: ' when are you open ' });
    assert.deepEqual(result, { id: 't1', result: 'Hours\nNine to five.\n\nSundays\nClosed.' });
    assert.deepEqual(asked, [[recorder.call.orgId, 'when are you open', 4]]);
  });

  test('says so where nothing fits, nothing is asked, or the store fails', async () => {
    assert.deepEqual(await setUp().run(searchKnowledgeTool(), { question: 'x' }), {
      id: 't1',
      result: 'Nothing was found.',
    });
    for (const input of [{}, undefined, { question: 3 }, 'text'])
      assert.match((await setUp().run(searchKnowledgeTool(), input)).error ?? '', /give the question/);
    const { run, recorder, types } = setUp(async () => Promise.reject(new Error('secret detail')));
    const failed = await run(searchKnowledgeTool(), { question: 'x' });
    await recorder.flushed();
    assert.deepEqual(failed, { id: 't1', error: 'the documents cannot be searched now.' });
    assert.deepEqual(types, ['agent.warned']);
  });
});

describe('save_fields', () => {
  test('keeps the fields of the agent, one call after the other', async () => {
    const { run, recorder } = setUp();
    await run(saveFieldsTool(FIELDS), { email: ' ann@example.com ', other: 'x', age: '' });
    await run(saveFieldsTool(FIELDS), { age: 42 });
    assert.deepEqual(recorder.call.collected, { email: 'ann@example.com', age: '42' });
  });

  test('names the fields to a model that gives others', async () => {
    const { run, recorder } = setUp();
    const { error } = await run(saveFieldsTool(FIELDS), { __proto__: 'x', name: 'Ann' });
    assert.equal(error, 'the fields are: email, age.');
    assert.equal(recorder.call.collected, undefined);
  });
});

test('mark_do_not_call is kept with the call', async () => {
  const { run, recorder } = setUp();
  await run(markDoNotCallTool(), {});
  assert.equal(recorder.call.doNotCall, true);
});
