import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { startCustomerServer } from '../support/customer-server.ts';
import { openRingingScene, type RingingScene } from '../support/ringing-scene.ts';
import { assistant } from '../support/test-agents.ts';
import { until } from '../support/until.ts';

let scene: RingingScene;

before(async () => {
  scene = await openRingingScene();
});

after(() => scene.close());

const GREETING = 'Hello from the agent.';

async function assistantWith(settings: object): Promise<string> {
  const body = assistant({ firstMessage: GREETING, ...settings });
  return (await scene.exchange.api<{ id: string }>('POST', '/assistant', body)).id;
}

async function shortCall(number: Awaited<ReturnType<RingingScene['number']>>) {
  const call = await number.dial();
  await call.answered;
  await call.nextSpurt(15_000);
  await call.hangup();
  return number.ended();
}

describe("the messages to a customer's server", { concurrency: 4 }, () => {
  test('tell the call from its ringing to its report, in order and once each', async () => {
    const number = await scene.number({ assistantId: await assistantWith({}) }, { json: {} });
    const record = await shortCall(number);
    const report = await number.customer.next('end-of-call-report');
    const types = number.customer.requests.map(({ message }) => message?.type);
    assert.equal(types.at(-1), 'end-of-call-report');
    const statuses = number.customer.all('status-update').map(({ message }) => message?.status);
    assert.deepEqual(statuses, ['ringing', 'in-progress', 'ended']);
    assert.equal(number.customer.all('end-of-call-report').length, 1);
    assert.ok(number.customer.all('conversation-update').length >= 1);
    assert.ok(number.customer.all('speech-update').length >= 2);
    const { message } = report;
    assert.equal(message?.endedReason, 'customer-ended-call');
    assert.equal((message?.call as { id?: string } | undefined)?.id, record.id);
    assert.match(String(message?.transcript), /Hello from the agent/);
    assert.equal((message?.artifact as { transcript?: string } | undefined)?.transcript, message?.transcript);
    assert.ok(String(message?.recordingUrl).includes(record.id));
    assert.ok(Array.isArray(message?.messages));
    assert.ok(Number(message?.durationSeconds) > 0);
  });

  test('are only those that the assistant lists', async () => {
    const serverMessages = ['end-of-call-report', 'transcript'];
    const number = await scene.number({ assistantId: await assistantWith({ serverMessages }) }, { json: {} });
    await shortCall(number);
    await number.customer.next('end-of-call-report');
    const types = new Set(
      number.customer.requests
        .filter(({ message }) => message?.assistant)
        .map(({ message }) => message?.type),
    );
    assert.deepEqual([...types].sort(), ['end-of-call-report', 'transcript']);
  });

  test("go to one server alone: the assistant's before the number's, the number's before the org's", async (t) => {
    const nearest = await startCustomerServer();
    t.after(() => nearest.close());
    const assistantId = await assistantWith({ server: { url: nearest.url } });
    const number = await scene.number({ assistantId }, { json: {} });
    await shortCall(number);
    await nearest.next('end-of-call-report');
    assert.equal(number.customer.all('end-of-call-report').length, 0);
  });

  test("fall to the org's server where nothing nearer has one", async (t) => {
    const org = await startCustomerServer();
    t.after(async () => {
      await scene.exchange.api('PATCH', '/admin/org', { server: null });
      await org.close();
    });
    await scene.exchange.api('PATCH', '/admin/org', { server: { url: org.url, secret: 'org-secret' } });
    const number = await scene.number({ assistantId: await assistantWith({ name: 'Of the org' }) });
    const record = await shortCall(number);
    const mine = await org.until(
      ({ message }) =>
        message?.type === 'end-of-call-report' && (message.call as { id?: string }).id === record.id,
    );
    assert.equal(mine.headers['x-vapi-secret'], 'org-secret');
  });

  test('are signed in the Standard Webhooks form, beside the secret of the server', async () => {
    const { secret } = await scene.exchange.api<{ secret: string }>('POST', '/admin/org/signing-secrets', {});
    const number = await scene.number({ assistantId: await assistantWith({}) });
    await scene.exchange.api('PATCH', `/phone-number/${number.id}`, {
      server: { url: `${number.customer.url}/signed`, secret: 'shared', headers: { 'x-team': 'blue' } },
    });
    await shortCall(number);
    const { headers, body, path } = await number.customer.next('end-of-call-report');
    assert.equal(path, '/signed');
    assert.equal(headers['x-vapi-secret'], 'shared');
    assert.equal(headers['x-team'], 'blue');
    const verified = new Webhook(secret).verify(body, headers as Record<string, string>);
    assert.deepEqual(verified, JSON.parse(body));
  });

  test('are sent again, same id and same body, until the server takes them, and later ones wait', async () => {
    const number = await scene.number({ assistantId: await assistantWith({}) });
    await scene.exchange.api('PATCH', `/phone-number/${number.id}`, {
      server: {
        url: number.customer.url,
        backoffPlan: { type: 'fixed', maxRetries: 5, baseDelaySeconds: 0.2 },
      },
    });
    number.customer.answer('status-update', [{ status: 503 }, { status: 503 }, { json: {} }]);
    await shortCall(number);
    await number.customer.next('end-of-call-report');
    const [first, second, third] = number.customer.all('status-update');
    assert.equal(first?.headers['webhook-id'], third?.headers['webhook-id']);
    assert.deepEqual([first?.body, second?.body], [third?.body, third?.body]);
    const types = number.customer.requests.slice(0, 3).map(({ message }) => message?.type);
    assert.deepEqual(types, ['status-update', 'status-update', 'status-update']);
  });

  test('that a server refuses lie in the dead letters and can be replayed', async () => {
    const number = await scene.number({ assistantId: await assistantWith({}) }, { json: {} });
    number.customer.answer('end-of-call-report', [{ status: 500 }, { json: {} }]);
    const record = await shortCall(number);
    await number.customer.next('end-of-call-report');
    type Page = { items: { id: string; type: string; status: string }[] };
    const dead = async () => {
      const { items } = await scene.exchange.api<Page>(
        'GET',
        `/admin/deliveries?callId=${record.id}&status=dead`,
      );
      return items[0];
    };
    const letter = await until('a dead letter', dead);
    assert.equal(letter.type, 'end-of-call-report');
    await scene.exchange.api('POST', `/admin/deliveries/${letter.id}/replay`, {});
    const again = await number.customer.next('end-of-call-report');
    assert.equal(again.headers['webhook-id'], letter.id);
    assert.equal(await until('it is delivered', async () => (await dead()) === undefined), true);
  });

  test('never hold a secret', async () => {
    const number = await scene.number({ assistantId: await assistantWith({ server: undefined }) });
    await scene.exchange.api('PATCH', `/phone-number/${number.id}`, {
      server: { url: number.customer.url, secret: 'not-in-the-body' },
    });
    await shortCall(number);
    await number.customer.next('end-of-call-report');
    assert.equal(
      number.customer.requests.some(({ body }) => body.includes('not-in-the-body')),
      false,
    );
  });
});
