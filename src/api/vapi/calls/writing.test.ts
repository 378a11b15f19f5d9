import assert from 'node:assert/strict';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { eventOf, liveCall } from '../../../../test/support/sample-call.ts';
import type { Agent } from '../../../domain/agents/agent.ts';
import type { Call, TransferOutcome } from '../../../domain/calls/call.ts';
import { newId } from '../../../lib/ids.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;
let recordingsDir: string;

async function send(method: string, url: string, body?: unknown) {
  const reply = await exchange.inject(method, url, body);
  return { ...reply, body: reply.body as Json };
}

async function insert(extra: Partial<Call> = {}): Promise<Call> {
  exchange.clock.advance(10);
  const at = exchange.clock.now();
  const call = liveCall(exchange.orgId, at, extra);
  await exchange.storage.calls.insert(call, [eventOf(call, 'call.ringing', at)]);
  return call;
}

async function end(call: Call, extra: Partial<Call> = {}): Promise<void> {
  const at = call.createdAt + 5000;
  await exchange.storage.calls.end(call.orgId, call.id, eventOf(call, 'call.ended', at), (current) => ({
    ...current,
    status: 'ended',
    endedAt: at,
    endReason: 'customer-ended-call',
    messages: [],
    turns: [],
    ...extra,
  }));
}

before(async () => {
  recordingsDir = await mkdtemp(join(tmpdir(), 'offhook-calls-'));
  exchange = await openHttpExchange({ recordingsDir });
});
after(async () => {
  await exchange.close();
  await rm(recordingsDir, { recursive: true });
});

describe('PATCH /call/{id}', () => {
  it('names a call, up or ended, and unsets the name', async () => {
    const call = await insert();
    const named = await send('PATCH', `/call/${call.id}`, { name: 'The first' });
    assert.equal(named.status, 200, named.text);
    assert.equal(named.body.name, 'The first');
    await end(call);
    assert.equal((await send('PATCH', `/call/${call.id}`, { name: 'Later' })).body.name, 'Later');
    assert.equal((await send('PATCH', `/call/${call.id}`, {})).body.name, 'Later');
    const unnamed = await send('PATCH', `/call/${call.id}`, { name: null });
    assert.equal('name' in unnamed.body, false);
    assert.equal(unnamed.body.status, 'ended');
  });

  it('changes nothing else', async () => {
    const call = await insert();
    const refused = await send('PATCH', `/call/${call.id}`, { status: 'ended', name: 'x'.repeat(41) });
    assert.equal(refused.status, 400);
    assert.deepEqual(refused.body.message, [
      'name must be shorter than or equal to 40 characters',
      'property status should not exist',
    ]);
    assert.equal((await send('PATCH', `/call/${newId()}`, { name: 'x' })).status, 404);
  });
});

describe('DELETE /call/{id}', () => {
  it('removes an ended call with its events and its recording', async () => {
    const call = await insert();
    const file = join(recordingsDir, `${call.id}.wav`);
    await writeFile(file, 'RIFFdata');
    await end(call, { recording: { file: `${call.id}.wav`, durationMs: 1 } });
    const { body: shown } = await send('GET', `/call/${call.id}`);
    const removed = await send('DELETE', `/call/${call.id}`);
    assert.equal(removed.status, 200, removed.text);
    assert.deepEqual(removed.body, shown);
    await assert.rejects(access(file), { code: 'ENOENT' });
    assert.deepEqual(await exchange.storage.calls.events(call.orgId, call.id), []);
    assert.equal((await send('GET', `/call/${call.id}`)).status, 404);
    assert.equal((await send('DELETE', `/call/${call.id}`)).status, 404);
  });

  it('removes a call whose recording is gone, and no file outside the folder', async () => {
    const outside = join(recordingsDir, '..', `outside-${newId()}.wav`);
    await writeFile(outside, 'mine');
    for (const file of ['gone.wav', `../${outside.split('/').at(-1)}`]) {
      const call = await insert();
      await end(call, { recording: { file, durationMs: 1 } });
      assert.equal((await send('DELETE', `/call/${call.id}`)).status, 200);
    }
    await access(outside);
    await rm(outside);
  });

  it('refuses a call that is up', async () => {
    const call = await insert();
    const refused = await send('DELETE', `/call/${call.id}`);
    assert.equal(refused.status, 400);
    assert.match(String(refused.body.message), /^Couldn't Delete Call\. It Has Not Ended\./);
    assert.equal((await send('GET', `/call/${call.id}`)).body.status, 'in-progress');
  });
});

describe('a call', () => {
  const monitorOf = async (monitorPlan?: NonNullable<Agent['monitorPlan']>) => {
    const agent: Agent = {
      id: newId(),
      orgId: exchange.orgId,
      ...(monitorPlan && { monitorPlan }),
      extras: {},
      createdAt: 0,
      updatedAt: 0,
    };
    const call = await insert({ agent, monitorToken: 'unguessable' });
    return (await send('GET', `/call/${call.id}`)).body.monitor;
  };

  it('says where it is listened to and steered, as far as its assistant allows it', async () => {
    const listenUrl = 'ws://exchange.test/live/unguessable/listen';
    const controlUrl = 'http://exchange.test/live/unguessable/control';
    assert.deepEqual(await monitorOf(), { listenUrl, controlUrl });
    assert.deepEqual(await monitorOf({ listenEnabled: false }), { controlUrl });
    assert.deepEqual(await monitorOf({ controlEnabled: false }), { listenUrl });
    assert.equal(await monitorOf({ listenEnabled: false, controlEnabled: false }), undefined);
  });

  it('tells of each transfer the status of the vendor and our outcome', async () => {
    const outcomes: [TransferOutcome, string][] = [
      ['connected', 'connected'],
      ['busy', 'busy'],
      ['no-answer', 'no-answer'],
      ['rejected', 'failed'],
      ['unreachable', 'failed'],
      ['voicemail', 'voicemail'],
      ['cancelled-by-caller', 'cancelled'],
      ['failed', 'failed'],
    ];
    const destination = { type: 'sip', sipUri: 'sip:desk@pbx.example' } as const;
    const transfers = outcomes.map(([outcome]) => ({
      destination,
      by: 'agent' as const,
      outcome,
      startedAt: 0,
    }));
    const call = await insert({ transfers });
    const { body } = await send('GET', `/call/${call.id}`);
    const shown = (body.artifact as { transfers: Json[] }).transfers;
    assert.deepEqual(
      shown.map(({ outcome, status }) => [outcome, status]),
      outcomes,
    );
    assert.deepEqual(body.destination, destination);
  });

  it('says why no assistant answered', async () => {
    const routingFailure = { error: 'No assistant.', requestError: 'status 500', response: { a: 1 } };
    const call = await insert({ routingFailure });
    const { body } = await send('GET', `/call/${call.id}`);
    assert.deepEqual(body.inboundPhoneCallDebuggingArtifacts, {
      error: 'No assistant.',
      assistantRequestError: 'status 500',
      assistantRequestResponse: { a: 1 },
    });
  });
});
