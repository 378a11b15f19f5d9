import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brainWith,
  callTool,
  dtmf,
  endCall,
  setUpConversation,
} from '../../../test/support/fake-conversation.ts';

test('endCall says the message of the end, cannot be interrupted any more, and ends the call after it', async () => {
  const call = setUpConversation({
    agent: { endCallMessage: 'Goodbye {{name}}.', brain: brainWith({ tools: [endCall] }) },
    variables: { name: 'Ada' },
    ears: { texts: ['Bye.', 'Wait, stop!'] },
    brain: {
      answers: [[{ type: 'text', text: 'It was a pleasure to serve you.' }, callTool('endCall', {})]],
    },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(1500);
  call.line.speak(500);
  await call.run(5000);
  assert.deepEqual(
    call.said().filter((line) => line.startsWith('agent')),
    ['agent: It was a pleasure to serve you.', 'agent: Goodbye Ada.'],
  );
  assert.deepEqual(call.pick('end'), [{ type: 'end', reason: 'assistant-ended-call-after-message-spoken' }]);
  assert.equal(call.events.at(-1)?.type, 'end');
  await call.finish();
  assert.equal(call.said().at(-1), 'user: Wait, stop!', 'recorded although nobody answers it');
});

test('endCall without a message ends after what the model said was heard', async () => {
  const call = setUpConversation({
    agent: { brain: brainWith({ tools: [endCall] }) },
    ears: { texts: ['Bye.'] },
    brain: { answers: [[{ type: 'text', text: 'So long.' }, callTool('endCall', {})]] },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(3000);
  const order = call.events.filter(({ type }) => type === 'message' || type === 'end');
  assert.deepEqual(order.at(-1), { type: 'end', reason: 'assistant-ended-call' });
  assert.deepEqual(call.said(), [
    'user: Bye.',
    'tool-call: {}',
    'tool-result: The call ends now.',
    'agent: So long.',
  ]);
  await call.finish();
});

test('dtmf presses the keys with their pauses and the model goes on with the result', async () => {
  const call = setUpConversation({
    agent: { brain: brainWith({ tools: [dtmf] }) },
    ears: { texts: ['Press one.'] },
    brain: { answers: [[callTool('dtmf', { dtmf: '1wW23#' })], 'Done.'] },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(4000);
  const [first, second] = call.line.keysSent;
  assert.deepEqual([first?.keys, second?.keys], ['1', '23#']);
  assert.equal((second?.at ?? 0) - (first?.at ?? 0), 1500);
  assert.deepEqual(call.brain.requests[1]?.messages.slice(1), [
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'c1', name: 'dtmf', arguments: { dtmf: '1wW23#' } }],
    },
    { role: 'tool', toolCallId: 'c1', name: 'dtmf', content: 'The keys were pressed.' },
  ]);
  assert.equal(call.said().at(-1), 'agent: Done.');
  await call.finish();
});

test('a tool that is not there is told to the model, and a model that calls in circles must answer in the end', async () => {
  const call = setUpConversation({
    agent: { brain: brainWith({ tools: [dtmf, { type: 'query', settings: {} }] }) },
    ears: { texts: ['Go.'] },
    brain: {
      otherwise: ({ tools }) =>
        tools.length === 0 ? [{ type: 'text', text: 'I give up.' }] : [callTool('fly', {})],
    },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(3000);
  assert.equal(call.brain.requests.length, 6);
  const result = call.brain.requests[1]?.messages.at(-1);
  assert.match(result?.content ?? '', /no tool named "fly"/);
  assert.equal(call.said().at(-1), 'agent: I give up.');
  assert.deepEqual(
    call.pick('warning').map(({ code }) => code),
    ['tool-unavailable'],
  );
  await call.finish();
});

test('a phrase that ends the call does so once it was heard, in any case', async () => {
  const call = setUpConversation({
    agent: { endCallPhrases: ['have a nice day'] },
    ears: { texts: ['Thanks.'] },
    brain: { answers: ['You are welcome. Have a  Nice Day!'] },
  });
  await call.conversation.start();
  call.line.speak(400);
  await call.run(1500);
  assert.equal(call.pick('end').length, 0, 'not before it was heard');
  await call.run(2000);
  assert.deepEqual(call.pick('end'), [{ type: 'end', reason: 'assistant-said-end-call-phrase' }]);
  assert.equal(call.messages().at(-1)?.interrupted, undefined);
  await call.finish();
});

test('silence of both for the time of the agent ends the call', async () => {
  const call = setUpConversation({ agent: { firstMessage: 'Hello.', silenceTimeoutSeconds: 5 } });
  await call.conversation.start();
  await call.run(5200);
  assert.equal(call.pick('end').length, 0, 'the first message was no silence');
  await call.run(400);
  assert.deepEqual(call.pick('end'), [{ type: 'end', reason: 'silence-timed-out' }]);
  await call.finish();
});
