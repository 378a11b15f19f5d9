import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { callsTool } from '../support/fake-openai.ts';
import { hears } from '../support/hears.ts';
import { callTo, destinationOf, openRingingScene, type RingingScene } from '../support/ringing-scene.ts';
import { assistant, customModel, modelFor } from '../support/test-agents.ts';
import { tone } from '../support/tones.ts';

const SERVER_MESSAGES = ['phone-call-control', 'status-update', 'end-of-call-report'];

let scene: RingingScene;

before(async () => {
  scene = await openRingingScene();
});
after(() => scene.close());

interface Order {
  tool: 'endCall' | 'transferCall';
  /** Whom the caller is transferred to, as this user. */
  user?: string;
  /** Fields of the assistant. */
  more?: object;
  /** Nobody can be asked: neither assistant, number nor org has a server. */
  serverless?: boolean;
}

/** A call whose agent calls this tool at once, and whose server has taken over what the tool does. */
async function delegatingCall(t: TestContext, { tool, user = 'nobody', more = {}, serverless }: Order) {
  const destinations = [{ ...destinationOf(scene.operator, user), message: '' }];
  const model = await modelFor(t, [callsTool(tool)]);
  const { id: assistantId } = await scene.exchange.api<{ id: string }>(
    'POST',
    '/assistant',
    assistant({
      firstMessageMode: 'assistant-speaks-first-with-model-generated-message',
      model: customModel(model.url, [tool === 'endCall' ? { type: tool } : { type: tool, destinations }]),
      serverMessages: SERVER_MESSAGES,
      ...more,
    }),
  );
  const number = await scene.number({ assistantId }, serverless ? undefined : { json: {} });
  const caller = await number.dial();
  t.after(() => caller.hangup());
  await caller.answered;
  return { number, caller };
}

type Delegating = Awaited<ReturnType<typeof delegatingCall>>;

/** What the customer's server was asked to do, and its way to do it. */
async function asked({ number }: Delegating) {
  const { message } = await number.customer.next('phone-call-control');
  assert.ok(message);
  const { monitor } = message.call as { monitor: { controlUrl: string } };
  return {
    message,
    async act(command: object): Promise<void> {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(command);
      const response = await fetch(monitor.controlUrl, { method: 'POST', headers, body });
      assert.equal(response.status, 200, await response.text());
    },
  };
}

async function linesOf({ number }: Delegating) {
  const { id } = await number.ended();
  return (await scene.exchange.timeline(String(id))).map(({ type }) => type);
}

describe('a customer who controls the call', { concurrency: 4 }, () => {
  test('is asked to hang up; the call is up until he does', async (t) => {
    const call = await delegatingCall(t, { tool: 'endCall', more: { endCallMessage: 'Goodbye.' } });
    const { message, act } = await asked(call);
    assert.equal(message.request, 'hang-up');
    assert.equal('destination' in message, false);
    assert.equal(call.caller.end, undefined);
    await act({ type: 'end-call' });
    await call.caller.whenEnded(5_000);
    assert.equal((await call.number.ended()).endedReason, 'manually-canceled');
  });

  test('is asked to forward; nobody is called until he does, and then the two hear each other', async (t) => {
    const user = 'by-the-customer';
    const call = await delegatingCall(t, { tool: 'transferCall', user });
    const { message, act } = await asked(call);
    assert.equal(message.request, 'forward');
    const destination = message.destination as { sipUri: string };
    assert.equal(destination.sipUri, scene.operator.uri(user));
    assert.equal(
      scene.operator.calls.some(({ session }) => session.request.uri.user === user),
      false,
    );
    await act({ type: 'transfer', destination, content: '' });
    const operator = await callTo(scene.operator, user);
    await operator.answered;
    const both = Promise.all([hears(operator.media, 600), hears(call.caller.media, 1500)]);
    call.caller.media.play(tone(600, 1_000));
    operator.media.play(tone(1500, 1_000));
    await both;
    await operator.hangup();
    assert.equal((await call.number.ended()).endedReason, 'assistant-forwarded-call');
    assert.equal(call.number.customer.all('phone-call-control').length, 1);
  });

  test('who never acts leaves the caller no dead line: the silence time-out ends the call', async (t) => {
    const call = await delegatingCall(t, { tool: 'endCall', more: { silenceTimeoutSeconds: 5 } });
    await asked(call);
    await call.caller.whenEnded(10_000);
    assert.equal((await call.number.ended()).endedReason, 'silence-timed-out');
    assert.ok((await linesOf(call)).includes('control.delegated'));
  });

  test('who never forwards neither: the longest duration ends the call', async (t) => {
    const more = { maxDurationSeconds: 10, silenceTimeoutSeconds: 60 };
    const call = await delegatingCall(t, { tool: 'transferCall', more });
    await asked(call);
    await call.caller.whenEnded(15_000);
    const { endedReason, artifact } = await call.number.ended();
    assert.equal(endedReason, 'exceeded-max-duration');
    assert.equal((artifact as { transfers?: unknown[] }).transfers?.length ?? 0, 0, 'nothing was attempted');
  });

  test('and has no server is not waited for: the agent hangs up by itself', async (t) => {
    const call = await delegatingCall(t, { tool: 'endCall', serverless: true });
    await call.caller.whenEnded(10_000);
    assert.equal((await call.number.ended()).endedReason, 'assistant-ended-call');
    assert.equal((await linesOf(call)).includes('control.delegated'), false);
  });
});
