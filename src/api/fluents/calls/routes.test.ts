import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type FluentsExchange, openFluentsExchange } from '../../../../test/support/fluents-exchange.ts';
import { eventOf, liveCall, sampleMessages } from '../../../../test/support/sample-call.ts';
import type { Agent } from '../../../domain/agents/agent.ts';
import type { Call } from '../../../domain/calls/call.ts';
import { blameOf } from '../../../domain/calls/end-reason.ts';
import type { LiveCall } from '../../../flow/live/live-call.ts';
import { Emitter } from '../../../lib/emitter.ts';

type Json = Record<string, unknown>;

describe('calls', () => {
  let exchange: FluentsExchange;
  let folder: string;
  let number: Json & { id: string };
  let agent: Agent;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offhook-fluents-'));
    exchange = await openFluentsExchange({ recordingsDir: folder });
    const post = async (path: string, body: Json) =>
      (await exchange.inject('POST', `/fluents/v1/${path}`, body)).body as Json & { id: string };
    const account = await post('account_connections/create', {
      type: 'account_connection_telnyx',
      credentials: { telnyx_api_key: 'k' },
    });
    number = await post('numbers/link', {
      phone_number: '+14155550100',
      telephony_account_connection: account.id,
      inbound_agent: { name: 'Ann', prompt: { content: 'Be kind.' }, run_do_not_call_detection: true },
    });
    const stored = await exchange.storage.agents.get(exchange.orgId, number.inbound_agent as string);
    assert.ok(stored);
    agent = stored;
  });
  after(async () => {
    await exchange.close();
    await rm(folder, { recursive: true });
  });

  /** Stores a call to the number, up unless `extra` says otherwise. */
  async function store(extra: Partial<Call> = {}): Promise<Call> {
    const at = exchange.clock.now();
    const call = liveCall(exchange.orgId, at, { numberId: number.id, agentId: agent.id, agent, ...extra });
    const spoken = sampleMessages(at).map((message) => eventOf(call, 'message.added', at, message));
    await exchange.storage.calls.insert(call, [eventOf(call, 'call.ringing', at), ...spoken]);
    return call;
  }

  const get = async (id: string) => {
    const reply = await exchange.inject('GET', `/fluents/v1/calls?id=${id}`);
    assert.equal(reply.status, 200, reply.text);
    return reply.body as Json;
  };

  it("that are up show what was said and done so far, in the vendor's words", async () => {
    const call = await store();
    const { agent: shownAgent, action_history: actions, ...shown } = await get(call.id);
    assert.deepEqual(shown, {
      id: call.id,
      user_id: exchange.orgId,
      status: 'in_progress',
      to_number: '+14155550100',
      from_number: '+14155550123',
      agent_phone_number: '+14155550100',
      transcript: 'BOT: Hello.\nHUMAN: Opening hours?\nBOT: We are open-',
      telephony_id: call.carrierCallId,
      telephony_provider: 'sip',
      start_time: new Date(call.answeredAt ?? 0).toISOString(),
      stage: 'picked_up',
      recording_available: false,
      hipaa_compliant: false,
      run_do_not_call_detection: true,
      context: { first_name: 'Ann' },
      is_outgoing: false,
      errors: [],
    });
    assert.equal((shownAgent as Json).name, 'Ann');
    assert.deepEqual(
      { ...((shownAgent as Json).prompt as Json), id: '' },
      { id: '', user_id: exchange.orgId, content: 'Be kind.', type: 'prompt' },
    );
    assert.deepEqual(actions, [
      {
        event_type: 'action_completed',
        timestamp: new Date(exchange.clock.now() + 2700).toISOString(),
        action_type: 'hours',
        parameters: { day: 'monday' },
        result: { json: { value: 'nine to five' }, error: null },
      },
    ]);
  });

  it('tell of an action that failed what went wrong', async () => {
    const message = 'Error: the server answered 502';
    const toolCall = { id: 't1', name: 'hours', result: message, failed: true as const };
    const messages = [{ role: 'tool-result' as const, message, startedAt: 1, endedAt: 2, toolCall }];
    const { id } = await store({ status: 'ended', messages });
    const [action] = (await get(id)).action_history as [{ result: Json }];
    assert.deepEqual(action.result, { json: { value: message }, error: 'the server answered 502' });
  });

  it('that are over tell how they ended', async () => {
    const connected = [
      {
        destination: { type: 'number' as const, number: '+14155550124', e164CheckEnabled: true },
        by: 'agent' as const,
        outcome: 'connected' as const,
        startedAt: 0,
      },
    ];
    const transferFailed: Partial<Call> = {
      endReason: 'call.forwarding.no-answer',
      endMessage: 'nobody answered',
    };
    for (const [extra, expected] of [
      [{ endReason: 'customer-ended-call' }, ['ended', 'picked_up', 'human_disconnected', undefined]],
      [{ endReason: 'assistant-ended-call' }, ['ended', 'picked_up', 'bot_disconnected', undefined]],
      [
        { endReason: 'assistant-forwarded-call', transfers: connected },
        ['ended', 'transfer_successful', 'transfer_disconnected', undefined],
      ],
      [transferFailed, ['error', 'picked_up', 'transfer_unanswered', 'nobody answered']],
    ] as const satisfies (readonly [Partial<Call>, readonly unknown[]])[]) {
      const endReason = extra.endReason ?? 'customer-ended-call';
      const call = await store({
        status: 'ended',
        endedAt: exchange.clock.now() + 5000,
        messages: [],
        turns: [],
        blame: blameOf(endReason),
        ...(extra as Partial<Call>),
      });
      const shown = await get(call.id);
      assert.deepEqual(
        [shown.status, shown.stage, shown.stage_outcome, shown.error_message],
        expected,
        endReason,
      );
      assert.deepEqual(shown.errors, shown.error_message === undefined ? [] : [shown.error_message]);
      assert.equal(typeof shown.end_time, 'string');
      assert.equal(Object.hasOwn(shown, 'transcript'), false);
    }
    const { id } = await store({ status: 'ringing' });
    assert.equal((await get(id)).status, 'not_started');
  });

  it('have their recording under both addresses, once there is one', async () => {
    const silent = await store();
    const none = await exchange.inject('GET', `/fluents/v1/calls/recording?id=${silent.id}`);
    assert.equal(none.status, 404);
    await writeFile(join(folder, 'call.wav'), 'RIFF');
    const call = await store({ recording: { file: 'call.wav', durationMs: 1 } });
    assert.equal((await get(call.id)).recording_available, true);
    for (const path of [`recording?id=${call.id}`, `recording/${call.id}`]) {
      const reply = await exchange.inject('GET', `/fluents/v1/calls/${path}`);
      assert.deepEqual([reply.status, reply.headers['content-type'], reply.text], [200, 'audio/wav', 'RIFF']);
    }
  });

  it('are ended where they are up; one that is over stays as it is', async () => {
    const call = await store({ monitorToken: 'token-of-this-call' });
    const commands: string[] = [];
    const up: LiveCall = {
      call,
      monitorPlan: {},
      notices: new Emitter(),
      tap: () => assert.fail('nobody listens'),
      async control({ type }) {
        commands.push(type);
        const end = {
          status: 'ended',
          endReason: 'manually-canceled',
          endedAt: exchange.clock.now(),
        } as const;
        const event = eventOf(call, 'call.ended', exchange.clock.now());
        await exchange.storage.calls.end(exchange.orgId, call.id, event, (current) => ({
          ...current,
          ...end,
        }));
      },
    };
    const remove = exchange.live.add('token-of-this-call', up);
    const end = () => exchange.inject('POST', `/fluents/v1/calls/end?id=${call.id}`);
    const ended = await end();
    assert.equal(ended.status, 201, ended.text);
    assert.equal((ended.body as Json).status, 'ended');
    remove();
    assert.deepEqual((await end()).body, ended.body);
    assert.deepEqual(commands, ['end-call']);
    const lost = await store({ monitorToken: 'of another process' });
    const refused = await exchange.inject('POST', `/fluents/v1/calls/end?id=${lost.id}`);
    assert.equal(refused.status, 400);
    assert.match(refused.text, /is not up on this process/);
  });

  it('are listed with the number that each came to', async () => {
    const reply = await exchange.inject('GET', '/fluents/v1/calls/list?size=2');
    const { items, total } = reply.body as { items: Json[]; total: number };
    assert.equal(items.length, 2);
    assert.ok(total > 2);
    assert.deepEqual(
      items.map(({ to_number }) => to_number),
      ['+14155550100', '+14155550100'],
    );
  });

  it('are placed as ordered, and a bad order is told what is wrong with it', async () => {
    const good = { to_number: '14155550123', from_number: '+14155550100', agent: agent.id };
    for (const [body, status, message] of [
      [{ ...good, on_no_human_answer: 'hangup' }, 201, /"is_outgoing":true/],
      [{ ...good, agent: { prompt: { content: 'Hi' } }, context: { a: 'b' } }, 201, /"context":{"a":"b"}/],
      [{ ...good, to_number: 'Ann' }, 400, /to_number must be a phone number/],
      [{ ...good, from_number: '+14155550101' }, 404, /Phone number \+14155550101 was not found/],
      [{ ...good, agent: number.id }, 404, /Agent .* was not found/],
      [{ to_number: '14155550123' }, 400, /from_number must be a string, agent/],
    ] as const) {
      const reply = await exchange.inject('POST', '/fluents/v1/calls/create', body);
      assert.equal(reply.status, status, reply.text);
      assert.match(reply.text, message);
    }
    const [stored, inline] = exchange.outbound.orders;
    assert.deepEqual(stored?.agent, { kind: 'agent', agentId: agent.id });
    assert.deepEqual(
      [stored?.customer.number, stored?.number.id, stored?.onNoHumanAnswer],
      ['+14155550123', number.id, 'hangup'],
    );
    assert.equal(inline?.agent.kind, 'transient-agent');
    exchange.outbound.refusal = 'numbers abroad (GB) are not called';
    const refused = await exchange.inject('POST', '/fluents/v1/calls/create', good);
    assert.equal(refused.status, 400);
    assert.match(refused.text, /cannot be placed: numbers abroad/);
    exchange.outbound.refusal = undefined;
  });

  it('may bring an agent with an account of its own, or change a stored one, for that call alone', async () => {
    const { outbound, storage, orgId } = exchange;
    const order = { to_number: '14155550123', from_number: '+14155550100' };
    const agentOf = async (given: Json): Promise<Agent> => {
      const before = outbound.orders.length;
      const reply = await exchange.inject('POST', '/fluents/v1/calls/create', { ...order, agent: given });
      assert.equal(reply.status, 201, reply.text);
      assert.doesNotMatch(reply.text, /sk-of-one-call/);
      const choice = outbound.orders[before]?.agent;
      assert.equal(choice?.kind, 'transient-agent');
      return choice.agent;
    };
    const account = {
      type: 'account_connection_openai',
      credentials: { openai_api_key: 'sk-of-one-call' },
    };
    const stored = await storage.credentials.list(orgId, { limit: 100 });
    const inline = await agentOf({ prompt: { content: 'Hi' }, openai_account_connection: account });
    assert.equal(inline.vendorKeys?.openai?.reveal(), 'sk-of-one-call');
    assert.deepEqual([inline.brain?.provider, inline.brainCredentialId], ['openai', undefined]);
    const changed = await agentOf({
      id: agent.id,
      initial_message: 'Good evening.',
      actions: [{ type: 'action_end_conversation' }],
      openai_account_connection: account,
    });
    assert.deepEqual([changed.id, changed.name, changed.firstMessage], [agent.id, 'Ann', 'Good evening.']);
    assert.equal(changed.vendorKeys?.openai?.reveal(), 'sk-of-one-call');
    assert.deepEqual(
      changed.brain?.messages.map(({ content }) => content),
      ['Be kind.'],
    );
    assert.deepEqual(
      changed.brain?.tools.map(({ type }) => type),
      ['endCall'],
    );
    assert.deepEqual(await storage.agents.get(orgId, agent.id), agent);
    assert.deepEqual(await storage.credentials.list(orgId, { limit: 100 }), stored);
  });

  it('have no messages by SMS beside them, which is said clearly', async () => {
    const message = { to_number: '14155550123', from_number: '+14155550100', message: 'Hi' };
    const reply = await exchange.inject('POST', '/fluents/v1/messages', message);
    assert.equal(reply.status, 400);
    assert.match(reply.text, /no carrier that sends SMS/);
  });
});
