import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collected } from '../../../test/support/fake-openai.ts';
import type { AgentTool, BrainSettings, ToolDestination } from '../../domain/agents/agent.ts';
import { createToolBox } from '../tools/tool-box.ts';
import type { BrainChunk, BrainMessage } from './contract.ts';
import { SCRIPTED_LINES, ScriptedBrain } from './scripted-brain.ts';

const PROMPT = `You are the receptionist of a bakery. Answer briefly.
Tone: warm and short.
- **Opening hours**: Monday to Friday, nine to five.
Address: You find us at twelve Mill Street.
Parking: free, behind the house.
Delivery: We deliver in town.
Payment: We take cash and all common cards.
If the caller is angry: stay calm.
Q: Do you bake without gluten?
A: Yes, every Tuesday.`;

const END_CALL: AgentTool = { type: 'endCall', settings: {} };
const DTMF: AgentTool = { type: 'dtmf', name: 'press', settings: {} };
const BOOK: AgentTool = {
  type: 'function',
  name: 'bookTable',
  description: 'Reserves seats in our café.',
  parameters: {
    type: 'object',
    properties: {
      area: { type: 'string', enum: ['garden', 'main_hall', 'bar'] },
      guests: { type: 'integer', description: 'The number of guests.' },
      name: { type: 'string', description: 'Your name' },
      note: { type: 'string' },
    },
    required: ['area', 'guests', 'name'],
  },
  settings: {},
};

function settings(tools: AgentTool[] = []): BrainSettings {
  return {
    provider: 'offhook',
    messages: [{ role: 'system', content: PROMPT }],
    tools,
    toolIds: [],
    settings: {},
  };
}

const brain = new ScriptedBrain();

async function chunksOf(messages: BrainMessage[], tools: AgentTool[] = []): Promise<BrainChunk[]> {
  const { signal } = new AbortController();
  const request = {
    messages: [{ role: 'system' as const, content: PROMPT }, ...messages],
    tools,
    settings: settings(tools),
    context: {},
    signal,
  };
  return collected(brain.respond(request));
}

/** Speaks the sentences one after the other and gives the last answer. */
async function talk(said: string[], tools: AgentTool[] = []): Promise<string | BrainChunk> {
  const messages: BrainMessage[] = [];
  let answer: string | BrainChunk = '';
  for (const content of said) {
    messages.push({ role: 'user', content });
    const chunks = await chunksOf(messages, tools);
    const call = chunks.find(({ type }) => type === 'tool-call');
    const text = chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
    answer = call ?? text;
    messages.push({ role: 'assistant', content: text });
  }
  return answer;
}

describe('answers from the facts of the prompt', () => {
  const table: [string, string][] = [
    ['What are your opening hours?', 'The opening hours are Monday to Friday, nine to five.'],
    ['when are you open', 'The opening hours are Monday to Friday, nine to five.'],
    ['what time do you close today', 'The opening hours are Monday to Friday, nine to five.'],
    ['are you open on friday', 'The opening hours are Monday to Friday, nine to five.'],
    ['Where are you located?', 'You find us at twelve Mill Street.'],
    ["what's your address please", 'You find us at twelve Mill Street.'],
    ['where can I park my car', 'The parking is free, behind the house.'],
    ['is there any parking', 'The parking is free, behind the house.'],
    ['when do you deliver', 'We deliver in town.'],
    ['Can I pay by credit card?', 'We take cash and all common cards.'],
    ['do you bake without gluten', 'Yes, every Tuesday.'],
    ['do you have anything without gluten', 'Yes, every Tuesday.'],
  ];
  for (const [question, answer] of table) {
    test(question, async () => assert.equal(await talk([question]), answer));
  }

  test('instructions to a model are never said', async () => {
    for (const question of ['what is your tone', 'the caller is angry', 'warm and short']) {
      assert.equal(await talk([question]), SCRIPTED_LINES.askAgain, question);
    }
  });

  test('the answer comes sentence by sentence and is finished', async () => {
    const chunks = await chunksOf([{ role: 'user', content: 'help' }]);
    assert.deepEqual(chunks, [
      { type: 'text', text: 'You can ask me about opening hours, address, parking, delivery, payment.' },
      { type: 'finished', reason: 'stop' },
    ]);
    const again = await chunksOf([{ role: 'user', content: 'gibberish' }]);
    assert.deepEqual(
      again.map(({ type }) => type),
      ['text', 'text', 'finished'],
    );
  });
});

describe('what it does not know', () => {
  test('it asks again once, then offers to take a message and takes it', async () => {
    const said = ['what is the weather in paris', 'the weather in paris', 'yes please', 'Tell Bob I called'];
    const answers = [];
    for (let count = 1; count <= said.length; count += 1) answers.push(await talk(said.slice(0, count)));
    assert.deepEqual(answers, [
      SCRIPTED_LINES.askAgain,
      SCRIPTED_LINES.offerMessage,
      SCRIPTED_LINES.takeMessage,
      SCRIPTED_LINES.messageTaken,
    ]);
  });

  test('an understood question in between starts afresh', async () => {
    assert.equal(await talk(['mumble', 'what is your address', 'mumble']), SCRIPTED_LINES.askAgain);
  });

  test('no message is taken when the caller does not want to leave one', async () => {
    assert.equal(await talk(['mumble', 'mumble', 'no']), SCRIPTED_LINES.whatElse);
  });

  test('a line that was cut by barge-in is still known', async () => {
    const cut = await chunksOf([
      { role: 'user', content: 'mumble' },
      { role: 'assistant', content: 'Sorry, I did not' },
      { role: 'user', content: 'mumble' },
    ]);
    assert.deepEqual(cut[0], { type: 'text', text: 'I am sorry, I have no answer to that. ' });
  });

  test('silence is not a question', async () => assert.equal(await talk(['']), SCRIPTED_LINES.askAgain));
});

describe('courtesy', () => {
  test('it greets when it has the first word, and when greeted', async () => {
    assert.equal(
      (await chunksOf([])).map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join(''),
      SCRIPTED_LINES.greeting,
    );
    assert.equal(await talk(['hello']), SCRIPTED_LINES.greeting);
  });

  test('it repeats what it said', async () => {
    assert.equal(
      await talk(['what is your address', 'could you repeat that please']),
      'You find us at twelve Mill Street.',
    );
  });

  test('a farewell calls endCall, and without the tool is returned', async () => {
    for (const farewell of ['goodbye', 'Okay, bye!', "no that's all thank you bye", 'No, thank you.']) {
      assert.deepEqual(
        await talk([farewell], [END_CALL]),
        { type: 'tool-call', id: 'scripted-2', name: 'endCall', arguments: {} },
        farewell,
      );
    }
    assert.equal(await talk(['goodbye']), SCRIPTED_LINES.goodbye);
  });

  test('"no" ends the call only after "anything else"', async () => {
    assert.equal(await talk(['no'], [END_CALL]), SCRIPTED_LINES.whatElse);
    const end = await talk(['thank you', 'no'], [END_CALL]);
    assert.equal(typeof end === 'object' && end.type, 'tool-call');
  });
});

describe('tools', () => {
  test('keys are pressed when asked for', async () => {
    const call = await talk(['please press one two five pound'], [DTMF]);
    assert.deepEqual(call, {
      type: 'tool-call',
      id: 'scripted-2',
      name: 'press',
      arguments: { dtmf: '125#' },
    });
    assert.equal(await talk(['please press one two']), SCRIPTED_LINES.askAgain);
  });

  test('after the keys it is silent', async () => {
    const chunks = await chunksOf(
      [
        { role: 'user', content: 'press one' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'press', arguments: { dtmf: '1' } }] },
        { role: 'tool', toolCallId: 'a', name: 'press', content: 'The keys were pressed.' },
      ],
      [DTMF],
    );
    assert.deepEqual(chunks, [{ type: 'finished', reason: 'stop' }]);
  });

  test('required arguments are asked for, and those named in the request are not', async () => {
    const dialog = ['I want to book a table in the garden', 'four', 'Ana Lima'];
    assert.equal(await talk(dialog.slice(0, 1), [BOOK]), 'Please tell me the number of guests.');
    assert.equal(await talk(dialog.slice(0, 2), [BOOK]), 'Please tell me your name.');
    assert.deepEqual(await talk(dialog, [BOOK]), {
      type: 'tool-call',
      id: 'scripted-6',
      name: 'bookTable',
      arguments: { area: 'garden', guests: 4, name: 'Ana Lima' },
    });
  });

  test('a choice is asked for by its values, and asked again when the answer is none of them', async () => {
    const question = 'Which area would you like: garden, main_hall or bar?';
    assert.equal(await talk(['book a table'], [BOOK]), question);
    assert.equal(await talk(['book a table', 'the moon'], [BOOK]), question);
    assert.equal(await talk(['book a table', 'the moon', 'mars'], [BOOK]), SCRIPTED_LINES.offerMessage);
    assert.equal(
      await talk(['book a table', 'the moon', 'the main hall'], [BOOK]),
      'Please tell me the number of guests.',
    );
  });

  test('a question amid the slots is answered', async () => {
    assert.equal(
      await talk(['book a table', 'where are you located'], [BOOK]),
      'You find us at twelve Mill Street.',
    );
  });

  test('the result of a tool is spoken', async () => {
    const results: [string, string][] = [
      ['Your table is booked', 'Your table is booked.'],
      ['{"result":"All set!"}', 'All set!'],
      ['{"table":7,"outdoors":true}', 'table 7, outdoors yes.'],
      ['{}', 'That is done. Is there anything else?'],
    ];
    for (const [content, spoken] of results) {
      const [first] = await chunksOf([{ role: 'tool', toolCallId: 'a', name: 'bookTable', content }], [BOOK]);
      const said = first?.type === 'text' ? first.text.trim() : '';
      assert.ok(spoken.startsWith(said) && said !== '', `${content}: ${said}`);
    }
  });
});

describe('transfers', () => {
  const SALES: ToolDestination = { type: 'sip', sipUri: 'sip:sales@example.com' };
  const BILLING: ToolDestination = {
    type: 'number',
    number: '+14155550100',
    e164CheckEnabled: true,
    description: 'Billing',
  };
  const CHEF: ToolDestination = { type: 'agent', agentName: 'PastryChef', settings: {} };
  const tool = (type: string, ...destinations: ToolDestination[]): AgentTool => {
    const live = createToolBox([{ type, destinations, settings: {} }], true);
    return live.definitions[0] as AgentTool;
  };
  const call = (name: string, input: object) => ({
    type: 'tool-call',
    id: 'scripted-2',
    name,
    arguments: input,
  });

  const requests: [string, AgentTool, object][] = [
    ['please transfer me', tool('transferCall', SALES), { destination: 'sip:sales@example.com' }],
    ['Can I speak to a person?', tool('transferCall', SALES), { destination: 'sip:sales@example.com' }],
    ['connect me to billing', tool('transferCall', SALES, BILLING), { destination: '+14155550100' }],
    ['can I talk to sales', tool('transferCall', SALES, BILLING), { destination: 'sip:sales@example.com' }],
    ['transfer me to the pastry chef', tool('handoff', CHEF), { destination: 'PastryChef' }],
    ['please put me through', tool('transferCall'), {}],
  ];
  for (const [request, transfer, input] of requests) {
    test(`"${request}" with ${transfer.name} and ${transfer.destinations?.length} destinations`, async () =>
      assert.deepEqual(await talk([request], [transfer]), call(transfer.name ?? '', input)));
  }

  test('whom to is asked for by name where the caller did not say it', async () => {
    const transfer = tool('transferCall', SALES, BILLING);
    assert.equal(
      await talk(['transfer me'], [transfer]),
      'Who would you like to speak to: sales or billing?',
    );
    assert.deepEqual(await talk(['transfer me', 'billing please'], [transfer]), {
      ...call('transferCall', { destination: '+14155550100' }),
      id: 'scripted-4',
    });
  });

  test('a question about a fact is no transfer, and a message is still taken', async () => {
    const transfer = tool('transferCall', SALES);
    assert.equal(await talk(['when do you deliver'], [transfer]), 'We deliver in town.');
    assert.equal(await talk(['can I leave a message'], [transfer]), SCRIPTED_LINES.takeMessage);
    assert.equal(await talk(['operator']), SCRIPTED_LINES.takeMessage, 'nobody to transfer to');
  });

  test('the grammar holds the ways to ask for it', () => {
    const grammar = brain.grammar(settings([tool('transferCall', SALES, BILLING)])) ?? '';
    for (const phrase of [
      'please transfer me',
      'transfer me to billing',
      'can i speak to sales',
      'billing',
    ]) {
      assert.ok(grammar.includes(` ${phrase}\n`), phrase);
    }
  });

  test('the agent that took over greets, whatever it inherited, and failures are not read out', async () => {
    const moved: BrainMessage[] = [
      { role: 'user', content: 'transfer me to the pastry chef' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'a', name: 'handoff_to_PastryChef', arguments: {} }],
      },
      {
        role: 'tool',
        toolCallId: 'a',
        name: 'handoff_to_PastryChef',
        content: 'The caller was handed over.',
      },
    ];
    const said = async (messages: BrainMessage[], tools: AgentTool[] = []) =>
      (await chunksOf(messages, tools)).map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
    assert.equal(await said(moved), SCRIPTED_LINES.greeting);
    assert.equal(await said(moved, [tool('handoff', CHEF)]), SCRIPTED_LINES.greeting);
    assert.equal(
      await said([...moved.slice(0, 1), { role: 'assistant', content: 'Transferring.' }]),
      SCRIPTED_LINES.greeting,
    );
    const failed = { role: 'tool' as const, toolCallId: 'a', name: 'bookTable', content: 'Error: SQL 42' };
    assert.equal(await said([failed], [BOOK]), SCRIPTED_LINES.toolFailed);
    assert.equal(
      await said(
        [
          { ...failed, content: 'Booked.' },
          { role: 'system', content: 'Be brief.' },
        ],
        [BOOK],
      ),
      'Booked.',
      'a hint behind the result does not hide it',
    );
  });
});

test('the same conversation gives the same answer, and an aborted request none', async () => {
  const messages: BrainMessage[] = [{ role: 'user', content: 'when are you open' }];
  assert.deepEqual(await chunksOf(messages), await chunksOf(messages));
  const request = { messages, tools: [], settings: settings(), context: {}, signal: AbortSignal.abort() };
  await assert.rejects(collected(brain.respond(request)), { name: 'AbortError' });
});
