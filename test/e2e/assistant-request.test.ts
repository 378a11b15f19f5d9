import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CustomerScript } from '../support/customer-server.ts';
import { withHearing } from '../support/hearing.ts';
import {
  callTo,
  destinationOf,
  openRingingScene,
  type RingingScene,
  stagesOf,
} from '../support/ringing-scene.ts';
import { assistant } from '../support/test-agents.ts';

const GREETING = 'Hello from the agent.';
const SORRY = 'I am sorry, nobody can take your call at the moment. Please try again later. Goodbye.';
const TRANSIENT = assistant({ name: 'Transient', firstMessage: GREETING });

let scene: RingingScene;

before(async () => {
  scene = await openRingingScene();
});

after(() => scene.close());

const api = <T = { id: string }>(method: string, path: string, body?: unknown) =>
  scene.exchange.api<T>(method, path, body);

/** Calls a number whose server answers so, and hangs up once the agent is heard. */
async function greetedBy(script: CustomerScript) {
  const number = await scene.number({}, script);
  const call = await number.dial();
  await call.answered;
  await call.nextStart(10_000);
  await call.hangup();
  return number.ended();
}

describe('the answer to an assistant-request', { concurrency: true }, async () => {
  test('is asked for with all that handlers read, and the caller rings meanwhile', async () => {
    const number = await scene.number(
      { name: 'Front desk' },
      { json: { assistant: TRANSIENT }, delayMs: 500 },
    );
    const call = await number.dial({
      from: '+14155550123',
      displayName: 'Ann',
      headers: [{ name: 'X-Tenant', value: 'blue' }],
    });
    const { message, headers } = await number.customer.next('assistant-request');
    assert.ok(call.provisionals.includes(180), 'it rings while the server thinks');
    await call.answered;
    await call.hangup();
    const record = await number.ended();
    const asked = message as Record<string, never>;
    const { call: shown, phoneNumber, customer } = asked as Record<string, Record<string, unknown>>;
    assert.equal(shown?.id, record.id);
    assert.equal(shown?.type, 'inboundPhoneCall');
    assert.equal(shown?.status, 'ringing');
    assert.equal(shown?.phoneNumberId, number.id);
    assert.equal(shown?.assistantId, null);
    assert.equal(shown?.squadId, null);
    assert.equal(shown?.phoneCallTransport, 'sip');
    assert.deepEqual(shown?.customer, { number: '+14155550123', name: 'Ann' });
    assert.deepEqual(customer, { number: '+14155550123', name: 'Ann' });
    assert.equal(phoneNumber?.id, number.id);
    assert.equal(phoneNumber?.name, 'Front desk');
    assert.deepEqual((shown?.assistantOverrides as Record<string, unknown>)?.variableValues, {
      tenant: 'blue',
    });
    const details = shown?.phoneCallProviderDetails as { sip?: { headers?: Record<string, string> } };
    assert.equal(details?.sip?.headers?.['x-tenant'], 'blue');
    assert.equal(typeof message?.timestamp, 'number');
    assert.match(String(headers['content-type']), /^application\/json/);
  });

  test('names an assistant, which greets with the overrides of the answer', await withHearing(), async () => {
    const { id: assistantId } = await api('POST', '/assistant', assistant({ firstMessage: 'Never heard.' }));
    const number = await scene.number(
      {},
      {
        json: {
          assistantId,
          assistantOverrides: { firstMessage: 'Welcome {{guest}}.', variableValues: { guest: 'home' } },
        },
      },
    );
    const call = await number.dial();
    await call.answered;
    const heard = await scene.phone.understand(await call.nextSpurt(10_000), ['welcome home', 'never heard']);
    assert.equal(heard, 'welcome home');
    await call.hangup();
    const record = await number.ended();
    assert.equal(record.assistantId, assistantId);
    assert.deepEqual(await stagesOf(scene.exchange, record), ['assistant-request taken']);
  });

  test('brings an assistant of its own, which is nobody else and is not stored', async () => {
    const record = await greetedBy({ json: { assistant: { ...TRANSIENT, name: 'For once' } } });
    assert.equal(record.assistantId, undefined);
    assert.equal((record.assistant as { name?: string }).name, 'For once');
    const stored = await api<{ name?: string }[]>('GET', '/assistant?limit=1000');
    assert.equal(
      stored.some(({ name }) => name === 'For once'),
      false,
    );
  });

  test('names a squad, whose first member greets', async () => {
    const { id: assistantId } = await api('POST', '/assistant', TRANSIENT);
    const { id: squadId } = await api('POST', '/squad', { members: [{ assistantId }] });
    const record = await greetedBy({ json: { squadId } });
    assert.equal(record.squadId, squadId);
    assert.equal(record.assistantId, assistantId);
  });

  test('brings a squad of its own', async () => {
    const record = await greetedBy({ json: { squad: { members: [{ assistant: TRANSIENT }] } } });
    assert.equal((record.assistant as { name?: string }).name, 'Transient');
  });

  test('names a destination, which takes the call without an assistant', async () => {
    const destination = destinationOf(scene.operator, 'named');
    const number = await scene.number({}, { json: { destination, assistantId: 'ignored' } });
    const call = await number.dial();
    const desk = await callTo(scene.operator, 'named');
    await call.answered;
    await desk.hangup();
    const record = await number.ended();
    assert.equal(record.endedReason, 'assistant-request-returned-forwarding-phone-number');
    assert.equal(record.assistantId, undefined);
  });

  test(
    'refuses with a sentence, which is spoken and beats an assistant beside it',
    await withHearing(),
    async () => {
      const number = await scene.number(
        {},
        { json: { error: 'Please call tomorrow.', assistant: TRANSIENT } },
      );
      const call = await number.dial();
      await call.answered;
      const spurt = await call.nextSpurt(10_000);
      assert.equal(
        await scene.phone.understand(spurt, ['please call tomorrow', GREETING]),
        'please call tomorrow',
      );
      assert.equal((await number.ended()).endedReason, 'assistant-request-returned-error');
    },
  );
});

interface Failure {
  answer: CustomerScript;
  reason: string;
  /** What the record must say of the cause. */
  cause: RegExp;
}

/** Every class of failure, as a customer's server shows it. */
const FAILURES: Record<string, Failure> = {
  'HTTP 500': { answer: { status: 500 }, reason: 'assistant-request-returned-error', cause: /500/ },
  'HTTP 404 with a page': {
    answer: { status: 404, text: '<h1>secret page</h1>' },
    reason: 'assistant-request-returned-error',
    cause: /404/,
  },
  'no answer in 7.5 s': { answer: { never: true }, reason: 'assistant-request-failed', cause: /7\.?5/ },
  'a broken connection': { answer: { reset: true }, reason: 'assistant-request-failed', cause: /./ },
  'text that is not JSON': {
    answer: { text: 'hello there' },
    reason: 'assistant-request-failed',
    cause: /JSON/,
  },
  'an empty body': { answer: { text: '' }, reason: 'assistant-request-failed', cause: /JSON|empty/ },
  'a redirect': {
    answer: { redirectTo: 'http://127.0.0.1:1/' },
    reason: 'assistant-request-failed',
    cause: /redirect/,
  },
  'an endless body': {
    answer: { hugeBytes: 50_000_000 },
    reason: 'assistant-request-failed',
    cause: /larger|bytes/,
  },
  'an empty object': {
    answer: { json: {} },
    reason: 'assistant-request-returned-no-assistant',
    cause: /./,
  },
  'nothing of use': {
    answer: { json: { assistant: null, foo: 1 } },
    reason: 'assistant-request-returned-no-assistant',
    cause: /./,
  },
  'an assistant with a wrong field': {
    answer: { json: { assistant: { firstMessage: 'Hi.', model: { provider: 'nobody', model: 'x' } } } },
    reason: 'assistant-request-returned-invalid-assistant',
    cause: /model\.provider/,
  },
  'an assistant that does not exist': {
    answer: { json: { assistantId: '00000000-0000-7000-8000-000000000000' } },
    reason: 'assistant-request-returned-invalid-assistant',
    cause: /00000000-0000-7000-8000-000000000000/,
  },
  'an error that cannot be spoken': {
    answer: { json: { error: { code: 7 } } },
    reason: 'assistant-request-returned-unspeakable-error',
    cause: /error/,
  },
  'a workflow': {
    answer: { json: { workflowId: '00000000-0000-7000-8000-000000000001' } },
    reason: 'call.start.error-get-resources-validation',
    cause: /workflow/,
  },
};

interface Artifacts {
  error: string;
  assistantRequestError?: string;
}

describe('a failed assistant-request', { concurrency: 6 }, async () => {
  for (const [name, { answer, reason, cause }] of Object.entries(FAILURES)) {
    test(`(${name}) brings the caller to the fallback destination`, async () => {
      const user = `fallback-${name.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}`;
      const number = await scene.number({ fallbackDestination: destinationOf(scene.operator, user) }, answer);
      const call = await number.dial();
      const desk = await callTo(scene.operator, user, 15_000);
      await call.answered;
      await call.hangup();
      await desk.whenEnded(5_000);
      const record = await number.ended();
      assert.equal(record.endedReason, reason);
      const { assistantRequestError = '' } = record.inboundPhoneCallDebuggingArtifacts as Artifacts;
      assert.match(assistantRequestError, cause);
      const stages = await stagesOf(scene.exchange, record);
      assert.deepEqual(stages, ['assistant-request failed', 'fallbackDestination taken']);
    });
  }

  test(
    'without a fallback speaks one neutral sentence, and nothing of the cause',
    await withHearing(),
    async () => {
      const number = await scene.number({}, { status: 500, text: 'secret stack trace' });
      const call = await number.dial();
      await call.answered;
      const heard: string[] = [];
      call.ear.ended.on(async (spurt) => {
        heard.push(await scene.phone.understand(spurt, [SORRY, 'secret stack trace', 'five hundred']));
      });
      await call.whenEnded(20_000);
      const record = await number.ended();
      assert.equal(record.endedReason, 'assistant-request-returned-error');
      assert.equal(heard.join(' ').includes('secret'), false);
      assert.match(JSON.stringify(record.inboundPhoneCallDebuggingArtifacts), /500/);
    },
  );

  test('tells the customer what was wrong, in the last messages as well', async () => {
    const number = await scene.number(
      {},
      { json: { assistant: { model: { provider: 'nobody', model: 'x' } } } },
    );
    const call = await number.dial();
    await call.answered;
    await call.hangup();
    const report = await number.customer.next('end-of-call-report');
    const artifacts = report.message?.inboundPhoneCallDebuggingArtifacts as Artifacts &
      Record<string, unknown>;
    assert.match(artifacts.assistantRequestError ?? '', /model\.provider/);
    assert.deepEqual(artifacts.assistantRequestResponse, {
      assistant: { model: { provider: 'nobody', model: 'x' } },
    });
    const ended = await number.customer.until(
      ({ message }) => message?.type === 'status-update' && message.status === 'ended',
    );
    assert.ok(ended.message?.inboundPhoneCallDebuggingArtifacts);
  });

  test('ends when the caller gives up, and asks no further', async () => {
    const number = await scene.number({}, { never: true });
    const call = await number.dial();
    await number.customer.next('assistant-request');
    call.cancel();
    await assert.rejects(call.answered);
    const record = await number.ended();
    assert.equal(record.endedReason, 'call.ringing.sip-inbound-caller-hungup-before-call-connect');
  });
});

describe('a number whose binding leads nowhere', { concurrency: true }, async () => {
  test('and is bound to a deleted assistant goes to the fallback destination', async () => {
    const { id: assistantId } = await api('POST', '/assistant', TRANSIENT);
    const fallbackDestination = destinationOf(scene.operator, 'deleted-assistant');
    const number = await scene.number({ assistantId, fallbackDestination });
    await api('DELETE', `/assistant/${assistantId}`);
    const call = await number.dial();
    await callTo(scene.operator, 'deleted-assistant');
    await call.answered;
    await call.hangup();
    const record = await number.ended();
    assert.equal(record.endedReason, 'assistant-not-found');
    assert.match(JSON.stringify(record.inboundPhoneCallDebuggingArtifacts), new RegExp(assistantId));
  });

  test('and has a retired workflow says so in the record, and goes to the fallback where there is one', async () => {
    const workflowId = '00000000-0000-7000-8000-000000000001';
    const alone = await scene.number({ workflowId });
    const caught = await scene.number({
      workflowId,
      fallbackDestination: destinationOf(scene.operator, 'workflow'),
    });
    const [apologised, forwarded] = await Promise.all([alone.dial(), caught.dial()]);
    await callTo(scene.operator, 'workflow');
    await forwarded.answered;
    await forwarded.hangup();
    await apologised.answered;
    await apologised.whenEnded(20_000);
    for (const number of [alone, caught]) {
      const record = await number.ended();
      assert.equal(record.endedReason, 'call.start.error-get-resources-validation');
      assert.match(JSON.stringify(record.inboundPhoneCallDebuggingArtifacts), /workflows are retired/);
    }
  });

  test('and has neither assistant nor server ends with the reason that says so', async () => {
    const number = await scene.number();
    const call = await number.dial();
    await call.answered;
    await call.whenEnded(20_000);
    const record = await number.ended();
    assert.equal(record.endedReason, 'call-start-error-neither-assistant-nor-server-set');
  });

  test('and falls back to itself is not called in a circle', async () => {
    const number = await scene.number();
    await api('PATCH', `/phone-number/${number.id}`, {
      fallbackDestination: { type: 'sip', sipUri: scene.exchange.uri(number.user) },
    });
    const call = await number.dial();
    await call.answered;
    await call.whenEnded(20_000);
    const record = await number.ended();
    assert.equal(record.endedReason, 'call.in-progress.error-transfer-failed');
    const { transfers } = record.artifact as { transfers?: { detail?: string }[] };
    assert.equal(transfers?.length, 1);
    assert.match(JSON.stringify(await scene.exchange.timeline(record.id)), /same number/);
  });

  test('and has a server that is not http is refused when it is written', async () => {
    await assert.rejects(scene.number({ server: { url: 'ftp://customer.example/x' } }), /400.*server\.url/);
  });
});
