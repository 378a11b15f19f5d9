import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { eventOf, liveCall } from '../../../../test/support/sample-call.ts';
import type { Call, Transfer } from '../../../domain/calls/call.ts';
import type { ControlCommand } from '../../../flow/live/control-command.ts';
import type { LiveCall } from '../../../flow/live/live-call.ts';
import { newMonitorToken } from '../../../flow/live/live-calls.ts';
import { Emitter } from '../../../lib/emitter.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;
let recordingsDir: string;

before(async () => {
  recordingsDir = await mkdtemp(join(tmpdir(), 'offhook-recordings-'));
  exchange = await openHttpExchange({ recordingsDir });
});
after(async () => {
  await exchange.close();
  await rm(recordingsDir, { recursive: true });
});

async function send(method: string, url: string, body?: unknown) {
  const { status, body: reply, text, headers } = await exchange.inject(method, url, body);
  return { status, body: reply as Json, text, headers };
}

async function aCall(fields: Partial<Call> = {}): Promise<Call> {
  const at = exchange.clock.now();
  const call: Call = { ...liveCall(exchange.orgId, at), customer: { number: '+14155550123' }, ...fields };
  await exchange.storage.calls.insert(call, [eventOf(call, 'call.ringing', at)]);
  return call;
}

const ended = (fields: Partial<Call>): Promise<Call> => {
  const at = exchange.clock.now();
  return aCall({
    status: 'ended',
    answeredAt: at,
    endedAt: at + 90_000,
    messages: [],
    turns: [],
    endReason: 'customer-ended-call',
    blame: 'none',
    ...fields,
  });
};

const shown = async ({ id }: Call) => (await send('GET', `/vocode-2024/v1/calls?id=${id}`)).body;

describe('a call', () => {
  it('is shown with what was said, who hung up and when', async () => {
    const at = exchange.clock.now();
    const said = (role: 'agent' | 'user', message: string, interrupted = false) => ({
      role,
      message,
      startedAt: at,
      endedAt: at,
      ...(interrupted && { interrupted }),
    });
    const call = await ended({
      messages: [
        said('agent', 'Hello, how can', true),
        said('user', 'Book it'),
        { ...said('agent', '{"day":1}'), role: 'tool-call', toolCall: { id: 't1', name: 'book' } },
        { ...said('agent', 'done'), role: 'tool-result', toolCall: { id: 't1', name: 'book' } },
      ],
      doNotCall: true,
      hipaaCompliant: true,
      variables: { name: 'Ann', list: [1] },
    });
    const body = await shown(call);
    assert.equal(
      body.transcript,
      'BOT: Hello, how can-\nHUMAN: Book it\nBOT_ACTION_START: book {"day":1}\nBOT_ACTION_FINISH: book done',
    );
    assert.equal(body.from_number, '14155550123');
    assert.deepEqual(
      [body.status, body.stage, body.stage_outcome],
      ['ended', 'picked_up', 'human_disconnected'],
    );
    assert.deepEqual(
      [body.start_time, body.end_time],
      [at, at + 90_000].map((one) => new Date(one).toISOString()),
    );
    assert.deepEqual(
      [body.do_not_call_result, body.hipaa_compliant, body.context],
      [true, true, { name: 'Ann' }],
    );
    const { items } = (await send('GET', '/vocode-2024/v1/calls/list?sort_desc=true')).body as {
      items: Json[];
    };
    assert.equal(items.find(({ id }) => id === call.id)?.start_time, at / 1000);
  });

  it('tells how it ended', async () => {
    const cases: [Partial<Call>, string, string | null][] = [
      [{ endReason: 'assistant-ended-call' }, 'ended', 'bot_disconnected'],
      [{ endReason: 'assistant-forwarded-call' }, 'ended', 'transfer_disconnected'],
      [{ endReason: 'call.forwarding.no-answer', blame: 'carrier' }, 'error', 'transfer_unanswered'],
      [
        { endReason: 'assistant-not-found', blame: 'customer', endMessage: 'no agent' },
        'error',
        'bot_disconnected',
      ],
    ];
    for (const [fields, status, outcome] of cases) {
      const body = await shown(await ended(fields));
      assert.deepEqual([body.status, body.stage_outcome], [status, outcome], String(fields.endReason));
      assert.equal(body.error_message, status === 'error' ? (fields.endMessage ?? fields.endReason) : null);
    }
    const { answeredAt: _, ...call } = liveCall(exchange.orgId, exchange.clock.now());
    const never = {
      ...call,
      status: 'ended',
      endedAt: 1,
      endReason: 'assistant-not-found',
      blame: 'customer',
    } as Call;
    await exchange.storage.calls.insert(never, []);
    assert.deepEqual((await shown(never)).stage_outcome, 'call_did_not_connect');
  });

  it('tells of a transfer whether the two were joined, and not whether anybody picked up', async () => {
    const at = exchange.clock.now();
    const transfer = (fields: Partial<Transfer>): Partial<Call> => ({
      transfers: [
        {
          destination: { type: 'number', number: '+14155550124', e164CheckEnabled: true },
          by: 'agent',
          startedAt: at,
          answeredAt: at + 4000,
          ...fields,
        },
      ],
    });
    for (const [fields, stage] of [
      [{ outcome: 'connected' }, 'transfer_successful'],
      [{ outcome: 'rejected', endedAt: at + 9000 }, 'transfer_started'],
      [{}, 'transfer_started'],
    ] as const) {
      assert.equal((await shown(await aCall(transfer(fields)))).stage, stage, JSON.stringify(fields));
    }
  });

  it('has no telephony_id before it is dialled', async () => {
    assert.equal((await shown(await aCall({ carrierCallId: '' }))).telephony_id, null);
  });

  it('that is up is ended, once', async () => {
    const monitorToken = newMonitorToken();
    const call = await aCall({ monitorToken });
    const commands: ControlCommand[] = [];
    const live: LiveCall = {
      call,
      monitorPlan: {},
      notices: new Emitter(),
      tap: () => {
        throw new Error('nobody listens here');
      },
      control: async (command) => void commands.push(command),
    };
    const remove = exchange.live.add(monitorToken, live);
    assert.equal((await send('POST', `/v1/calls/end?id=${call.id}`)).status, 200);
    assert.deepEqual(commands, [{ type: 'end-call' }]);
    remove();
    const elsewhere = await send('POST', `/v1/calls/end?id=${call.id}`);
    assert.equal(elsewhere.status, 400);
    assert.match(String(elsewhere.body.detail), /another process/);
    const over = await ended({ monitorToken: newMonitorToken() });
    assert.equal((await send('POST', `/v1/calls/end?id=${over.id}`)).status, 200);
  });

  it('gives its recording at both paths, once it has ended', async () => {
    await writeFile(join(recordingsDir, 'a.wav'), 'RIFF');
    const call = await ended({ recording: { file: 'a.wav', durationMs: 1 } });
    assert.equal((await shown(call)).recording_available, true);
    for (const url of [`/v1/calls/recording?id=${call.id}`, `/v1/calls/recording/${call.id}`]) {
      const reply = await send('GET', url);
      assert.deepEqual([reply.status, reply.text, reply.headers['content-type']], [200, 'RIFF', 'audio/wav']);
    }
    const without = await ended({});
    assert.deepEqual((await send('GET', `/v1/calls/recording?id=${without.id}`)).body, {
      detail: 'Recording not found',
    });
  });

  it('is placed as ordered; a wrong order is told so', async () => {
    const account = await send('POST', '/v1/account_connections/create', {
      type: 'account_connection_twilio',
      credentials: { twilio_account_sid: 'AC1', twilio_auth_token: 't' },
    });
    await send('POST', '/v1/numbers/link', {
      phone_number: '14155550100',
      telephony_account_connection: account.body.id,
    });
    const body = {
      from_number: '14155550100',
      to_number: '14155550123',
      agent: { prompt: 'Be kind.', actions: [{ type: 'action_end_conversation' }] },
      context: { name: 'Ann' },
      on_no_human_answer: 'hangup',
      run_do_not_call_detection: true,
      hipaa_compliant: true,
      telephony_params: { a: 'b' },
    };
    const placed = await send('POST', '/v1/calls/create', body);
    assert.equal(placed.status, 200, placed.text);
    assert.deepEqual(
      [placed.body.status, placed.body.to_number, placed.body.on_no_human_answer, placed.body.context],
      ['not_started', '14155550123', 'hangup', { name: 'Ann' }],
    );
    assert.ok(!('telephony_id' in placed.body), 'nothing was dialled, and this revision knows no null');
    const [order] = exchange.outbound.orders;
    assert.deepEqual(order?.destination, { type: 'number', number: '+14155550123', e164CheckEnabled: true });
    assert.deepEqual(
      [order?.doNotCallDetection, order?.hipaaCompliant, order?.ignoredFields],
      [true, true, ['telephony_params']],
    );
    const agent = order?.agent.kind === 'transient-agent' ? order.agent.agent : undefined;
    assert.equal(agent?.brain?.tools.length, 1);
    assert.equal(await exchange.storage.agents.get(exchange.orgId, agent?.id ?? ''), undefined);
    exchange.outbound.refusal = 'emergency numbers are not called';
    const refused = await send('POST', '/v1/calls/create', body);
    assert.deepEqual(refused.body, {
      detail: 'The call cannot be placed: emergency numbers are not called.',
    });
    exchange.outbound.refusal = undefined;
    const foreign = await send('POST', '/v1/calls/create', { ...body, from_number: '1' });
    assert.deepEqual([foreign.status, foreign.body.detail], [404, 'Phone number not found']);
    const wrong = await send('POST', '/v1/calls/create', { ...body, agent: { voice: { type: 'x' } } });
    const { detail } = wrong.body as { detail: { loc: unknown[] }[] };
    assert.deepEqual(
      detail.map(({ loc }) => loc),
      [
        ['body', 'agent', 'prompt'],
        ['body', 'agent', 'voice', 'type'],
      ],
    );
    const unknown = '3f0d5c5e-0000-4000-8000-000000000000';
    assert.equal((await send('POST', '/v1/calls/create', { ...body, agent: unknown })).status, 404);
  });
});

describe('usage', () => {
  it('counts the minutes of this month', async () => {
    const other = await openHttpExchange();
    try {
      const at = other.clock.now();
      const call = { ...liveCall(other.orgId, at), answeredAt: at, endedAt: at + 61_000 };
      await other.storage.calls.insert({ ...call, status: 'ended' }, []);
      const old = { ...liveCall(other.orgId, at - 40 * 86_400_000), answeredAt: 0, endedAt: 9e9 };
      await other.storage.calls.insert({ ...old, status: 'ended' }, []);
      const { body } = await other.inject('GET', '/vocode-2024/v1/usage');
      assert.deepEqual(body, {
        user_id: other.orgId,
        plan_type: 'plan_unlimited',
        monthly_usage_minutes: 2,
        monthly_usage_limit_minutes: null,
      });
      const first = (await other.inject('GET', '/v1/usage/')).body as Json;
      assert.equal(first.plan_type, 'enterprise');
    } finally {
      await other.close();
    }
  });
});
