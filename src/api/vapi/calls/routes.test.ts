import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { eventOf, liveCall, sampleMessages, sampleTurns } from '../../../../test/support/sample-call.ts';
import { readSpec } from '../../../../test/support/specs.ts';
import type { Call, Transfer, TransferOutcome } from '../../../domain/calls/call.ts';
import { newId } from '../../../lib/ids.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;
let recordingsDir: string;

async function get(url: string) {
  const reply = await exchange.inject('GET', url);
  return { ...reply, body: reply.body as Json };
}

async function insert(extra: Partial<Call> = {}): Promise<Call> {
  exchange.clock.advance(10);
  const at = exchange.clock.now();
  const call = liveCall(exchange.orgId, at, extra);
  await exchange.storage.calls.insert(call, [eventOf(call, 'call.ringing', at)]);
  return call;
}

async function converse(call: Call): Promise<void> {
  const { calls } = exchange.storage;
  for (const message of sampleMessages(call.createdAt + 1000)) {
    await calls.record(call.orgId, call.id, [eventOf(call, 'message.added', message.endedAt, message)]);
  }
  for (const turn of sampleTurns(call.createdAt + 1000)) {
    await calls.record(call.orgId, call.id, [eventOf(call, 'turn.measured', turn.speechEndedAt, turn)]);
  }
}

function end(call: Call, extra: Partial<Call> = {}): Promise<Call | undefined> {
  const endedAt = call.createdAt + 11_000;
  return exchange.storage.calls.end(call.orgId, call.id, eventOf(call, 'call.ended', endedAt), (current) => ({
    ...current,
    status: 'ended',
    endedAt,
    updatedAt: endedAt,
    endReason: 'customer-ended-call',
    blame: 'none',
    messages: sampleMessages(call.createdAt + 1000),
    turns: sampleTurns(call.createdAt + 1000),
    recording: { file: `${call.id}.wav`, durationMs: 10_000 },
    ...extra,
  }));
}

function transferTo(number: string, outcome: TransferOutcome): Transfer {
  const destination = { type: 'number', number, e164CheckEnabled: true } as const;
  return { destination, by: 'fallback', outcome, startedAt: 1_700_000_000_000 };
}

/** Keys of a call that the vendor's schema does not have: ours, and one that only its messages name. */
const OURS = ['endedBlame', 'inboundPhoneCallDebuggingArtifacts'];

before(async () => {
  recordingsDir = await mkdtemp(join(tmpdir(), 'offhook-calls-'));
  exchange = await openHttpExchange({ recordingsDir });
});
after(async () => {
  await exchange.close();
  await rm(recordingsDir, { recursive: true });
});

const spec = readSpec('vapi-full-2026-08.openapi.json');
const skip = spec ? false : 'the vendor documents are not here (OFFHOOK_SPECS)';

describe('GET /call/{id}', () => {
  it('of a call that is up reads the conversation from its events', async () => {
    const call = await insert();
    assert.deepEqual((await get(`/call/${call.id}`)).body.messages, []);
    await converse(call);
    const { body } = await get(`/call/${call.id}`);
    assert.equal(body.status, 'in-progress');
    assert.equal(body.type, 'inboundPhoneCall');
    assert.equal(body.phoneCallProvider, 'vapi');
    assert.equal(body.phoneCallTransport, 'sip');
    assert.equal(body.startedAt, new Date(call.createdAt + 1000).toISOString());
    assert.deepEqual(body.customer, { number: '+14155550123', name: 'Ann' });
    assert.deepEqual(body.assistantOverrides, { variableValues: { first_name: 'Ann' } });
    for (const key of ['endedAt', 'endedReason', 'assistantId', 'phoneNumberId'])
      assert.equal(key in body, false);
    const artifact = body.artifact as Json;
    assert.equal(artifact.transcript, 'AI: Hello.\nUser: Opening hours?\nAI: We are open\n');
    assert.deepEqual(artifact.messages, body.messages);
    assert.equal('recordingUrl' in artifact, false);
  });

  it("shows messages in the vendor's shape, in seconds from the answer", async () => {
    const call = await insert();
    await converse(call);
    const start = call.createdAt + 1000;
    assert.deepEqual((await get(`/call/${call.id}`)).body.messages, [
      { role: 'system', message: 'You are Ann.', time: start, secondsFromStart: 0 },
      {
        role: 'bot',
        message: 'Hello.',
        time: start + 100,
        endTime: start + 900,
        secondsFromStart: 0.1,
        duration: 0.8,
      },
      {
        role: 'user',
        message: 'Opening hours?',
        time: start + 1500,
        endTime: start + 2500,
        secondsFromStart: 1.5,
        duration: 1,
        inputMode: 'voice',
      },
      {
        role: 'tool_calls',
        message: '',
        toolCalls: [
          { id: 't1', type: 'function', function: { name: 'hours', arguments: '{"day":"monday"}' } },
        ],
        time: start + 2600,
        secondsFromStart: 2.6,
      },
      {
        role: 'tool_call_result',
        toolCallId: 't1',
        name: 'hours',
        result: 'nine to five',
        time: start + 2700,
        secondsFromStart: 2.7,
      },
      {
        role: 'bot',
        message: 'We are open',
        time: start + 3000,
        endTime: start + 4000,
        secondsFromStart: 3,
        duration: 1,
        interrupted: true,
      },
    ]);
  });

  it('of an ended call tells its end, its recording and where the time of each turn went', async () => {
    const agentId = newId();
    const numberId = newId();
    const call = await insert({ agentId, numberId });
    await end(call);
    const { body } = await get(`/vapi/call/${call.id}`);
    assert.equal(body.endedReason, 'customer-ended-call');
    assert.equal(body.endedBlame, 'none');
    assert.equal(body.endedAt, new Date(call.createdAt + 11_000).toISOString());
    assert.equal(body.assistantId, agentId);
    assert.equal(body.phoneNumberId, numberId);
    const artifact = body.artifact as Json;
    const url = `http://exchange.test/call/${call.id}/stereo-recording`;
    assert.equal(artifact.recordingUrl, url);
    assert.equal(artifact.stereoRecordingUrl, url);
    assert.deepEqual(artifact.recording, { stereoUrl: url });
    assert.deepEqual((artifact.messagesOpenAIFormatted as Json[]).slice(3, 5), [
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 't1', type: 'function', function: { name: 'hours', arguments: '{"day":"monday"}' } },
        ],
      },
      { role: 'tool', content: 'nine to five', tool_call_id: 't1' },
    ]);
    const speechEndedAt = (offset: number) => new Date(call.createdAt + 1000 + offset).toISOString();
    assert.deepEqual(artifact.performanceMetrics, {
      turnLatencies: [
        {
          transcriberLatency: 120,
          endpointingLatency: 200,
          modelLatency: 80,
          voiceLatency: 80,
          turnLatency: 500,
          turn: 1,
          transcriptMs: 120,
          commitMs: 320,
          brainFirstTokenMs: 400,
          voiceFirstAudioMs: 480,
          rtpFirstPacketMs: 500,
          speechEndedAt: speechEndedAt(2500),
        },
        {
          transcriberLatency: 80,
          endpointingLatency: 200,
          turn: 2,
          transcriptMs: 80,
          commitMs: 280,
          speechEndedAt: speechEndedAt(9000),
        },
      ],
      transcriberLatencyAverage: 100,
      endpointingLatencyAverage: 200,
      modelLatencyAverage: 80,
      voiceLatencyAverage: 80,
      turnLatencyAverage: 500,
      toTransportLatencyAverage: 20,
      numAssistantInterrupted: 1,
    });
  });

  it("uses only keys and values of the vendor's document, besides those we add", { skip }, async () => {
    assert.ok(spec);
    const { schemas } = spec.components as {
      schemas: Record<string, { properties: Record<string, { enum?: unknown[] }> }>;
    };
    const call = await insert({
      agentId: newId(),
      numberId: newId(),
      squadId: newId(),
      name: 'first',
      monitorToken: 't',
    });
    const routingFailure = { error: 'none' };
    await end(call, { routingFailure, transfers: [transferTo('+14155550100', 'connected')] });
    const { body } = await get(`/call/${call.id}`);
    const strange = (value: Json, name: string, ours: string[] = []) =>
      Object.keys(value).filter((key) => !ours.includes(key) && !schemas[name]?.properties[key]);
    assert.deepEqual(strange(body, 'Call', OURS), []);
    assert.deepEqual(strange(body.artifact as Json, 'Artifact', ['media']), []);
    const [transfer] = (body.artifact as { transfers: Json[] }).transfers;
    const ours = ['outcome', 'detail', 'by', 'startedAt', 'answeredAt', 'endedAt'];
    assert.deepEqual(strange(transfer ?? {}, 'TransferArtifact', ours), []);
    const metrics = (body.artifact as { performanceMetrics: Json }).performanceMetrics;
    assert.deepEqual(strange(metrics, 'PerformanceMetrics'), []);
    for (const key of ['type', 'status', 'phoneCallProvider', 'phoneCallTransport', 'endedReason']) {
      assert.ok(schemas.Call?.properties[key]?.enum?.includes(body[key]), `${key} ${body[key]}`);
    }
  });
});

describe('GET /call', () => {
  it('filters by id, assistant, number and instants, newest first', async () => {
    const agentId = newId();
    const numberId = newId();
    const first = await insert({ agentId });
    const second = await insert({ agentId, numberId });
    const ids = async (query: string) => {
      const { body } = await exchange.inject('GET', `/call?${query}`);
      return (body as { id: string }[]).map(({ id }) => id);
    };
    assert.deepEqual(await ids(`assistantId=${agentId}`), [second.id, first.id]);
    assert.deepEqual(await ids(`assistantId=${agentId}&limit=1`), [second.id]);
    assert.deepEqual(await ids(`phoneNumberId=${numberId}`), [second.id]);
    assert.deepEqual(await ids(`id=${first.id}`), [first.id]);
    const at = encodeURIComponent(new Date(second.createdAt).toISOString());
    assert.deepEqual(await ids(`assistantId=${agentId}&createdAtLt=${at}`), [first.id]);
    assert.equal((await get('/call?id=x')).status, 400);
  });
});

describe('GET /call/{id}/stereo-recording', () => {
  it('sends the file, as long as it is there', async () => {
    const call = await insert();
    assert.equal((await get(`/call/${call.id}/stereo-recording`)).status, 404);
    await end(call);
    assert.equal((await get(`/call/${call.id}/stereo-recording`)).status, 404);
    await writeFile(join(recordingsDir, `${call.id}.wav`), 'RIFFdata');
    const reply = await get(`/call/${call.id}/stereo-recording`);
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], 'audio/wav');
    assert.equal(reply.headers['content-length'], '8');
    assert.equal(reply.text, 'RIFFdata');
  });

  it('sends nothing from outside the folder, whatever the record says', async () => {
    await writeFile(join(recordingsDir, '..', 'offhook-outside.wav'), 'secret');
    const call = await insert();
    await end(call, { recording: { file: '../offhook-outside.wav', durationMs: 1 } });
    assert.equal((await get(`/call/${call.id}/stereo-recording`)).status, 404);
    await rm(join(recordingsDir, '..', 'offhook-outside.wav'));
  });
});
