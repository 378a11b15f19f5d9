import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Vapi } from '@vapi-ai/server-sdk';
import { DEFAULT_SERVER_MESSAGES } from '../../src/api/vapi/server-messages/chosen-server.ts';
import { vapiServerMessages } from '../../src/api/vapi/server-messages/vapi-server-messages.ts';
import type { Call } from '../../src/domain/calls/call.ts';
import type { CallNotice, CallScene } from '../../src/flow/server-messages.ts';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { AGENT, AT, sceneOf } from '../support/served-scene.ts';
import { assertValid, loadSchemas, validator } from '../support/vapi-document.ts';

type Json = Record<string, unknown>;

// The vendor's client has the same names for what may be asked for.
DEFAULT_SERVER_MESSAGES satisfies readonly Vapi.CreateAssistantDtoServerMessagesItem[];

const schemas = loadSchemas('vapi-full-2026-08.openapi.json');
const skip = schemas ? false : 'the vendor documents are not here (OFFHOOK_SPECS)';

const destination = { type: 'number', number: '+14155550100', e164CheckEnabled: true } as const;
const TRANSFER = { destination, by: 'agent', outcome: 'busy', startedAt: AT } as const;

const ENDED: Partial<Call> = {
  status: 'ended',
  endedAt: AT + 61_000,
  endReason: 'customer-ended-call',
  recording: { file: 'a.wav', durationMs: 60_000 },
  transfers: [TRANSFER, { ...TRANSFER, outcome: 'connected' }],
  routingFailure: { error: 'none', response: { a: 1 } },
  monitorToken: 'token',
  name: 'first',
};

const NOTICES: [CallNotice, string, Partial<Call>?][] = [
  [{ type: 'status-changed' }, 'ServerMessageStatusUpdate'],
  [{ type: 'status-changed', destination }, 'ServerMessageStatusUpdate', { status: 'forwarding' }],
  [{ type: 'status-changed' }, 'ServerMessageStatusUpdate', ENDED],
  [{ type: 'call-reported' }, 'ServerMessageEndOfCallReport', ENDED],
  [{ type: 'conversation-changed' }, 'ServerMessageConversationUpdate'],
  [{ type: 'transcribed', role: 'agent', text: 'Hi.', isFinal: true }, 'ServerMessageTranscript'],
  [{ type: 'speech-changed', role: 'agent', status: 'stopped', turn: 2 }, 'ServerMessageSpeechUpdate'],
  [{ type: 'user-interrupted', turnId: 't1' }, 'ServerMessageUserInterrupted'],
  [{ type: 'transfer-changed', transfer: TRANSFER }, 'ServerMessageTransferUpdate'],
  [{ type: 'agent-handed-off', from: AGENT, to: AGENT }, 'ServerMessageTransferUpdate'],
  [{ type: 'control-delegated', request: 'hang-up' }, 'ServerMessagePhoneCallControl'],
  [{ type: 'control-delegated', request: 'forward', destination }, 'ServerMessagePhoneCallControl'],
  [{ type: 'agent-delayed' }, 'ServerMessageHang'],
];

const EVERYTHING = {
  ...AGENT,
  serverMessages: [...DEFAULT_SERVER_MESSAGES, 'transcript', 'transfer-update', 'phone-call-control'],
};

function messagesTo(posted: Json[]) {
  return vapiServerMessages({
    post: async (_server, body) => {
      posted.push((JSON.parse(body) as { message: Json }).message);
      return { status: 200, body: '{}' };
    },
    clock: new FakeClock(AT),
    publicUrl: () => 'https://exchange.test',
    logger: silentLogger,
  });
}

const scene = (call?: Partial<Call>): CallScene => sceneOf({ agent: EVERYTHING }, call);

describe("the vendor's own document of server messages", { skip }, () => {
  for (const [notice, schema, call] of NOTICES) {
    it(`allows what we tell of ${notice.type}${call?.status ? ` (${call.status})` : ''}`, () => {
      const [delivery] = messagesTo([]).deliveriesOf(notice, scene(call), AT);
      assert.ok(delivery);
      const { message } = JSON.parse(delivery.body) as { message: Json };
      assertValid(validator(schemas ?? {}, schema), aligned(message));
    });
  }

  it('allows what we ask', async () => {
    const posted: Json[] = [];
    const messages = messagesTo(posted);
    const { signal } = new AbortController();
    const tool = { type: 'function', name: 'book', settings: {} };
    await messages.requestAssistant({ ...scene(), agent: undefined }, signal);
    await messages.callTools([{ id: 'c1', tool, name: 'book', arguments: { a: 1 } }], scene(), signal);
    await messages.requestTransferDestination(tool, scene(), signal);
    await messages.requestHandoffDestination(tool, { a: 1 }, scene(), signal);
    const names = [
      'AssistantRequest',
      'ToolCalls',
      'TransferDestinationRequest',
      'HandoffDestinationRequest',
    ];
    assert.equal(posted.length, names.length);
    for (const [index, name] of names.entries()) {
      const message = aligned(posted[index] ?? {});
      assertValid(validator(schemas ?? {}, `ServerMessage${name}`), message);
    }
  });
});

/** A message as the document has it, where the vendor's own servers and handlers do otherwise. */
function aligned(message: Json): Json {
  // Here the document still wants the keys of a number bought years ago.
  const { phoneNumber: _, ...call } = message.call as Json;
  const copy = structuredClone({ ...message, call }) as Json & { call: Json };
  // A call without an assistant has null where the document knows text only.
  for (const key of ['assistantId', 'squadId']) if (copy.call[key] === null) delete copy.call[key];
  // Arguments are an object where the document says text.
  for (const { function: called } of callsIn(copy)) called.arguments = JSON.stringify(called.arguments);
  return copy;
}

type ShownCall = { function: { arguments: unknown } };

function callsIn(message: Json): ShownCall[] {
  const withTools = (message.toolWithToolCallList ?? []) as { toolCall: ShownCall }[];
  return [...((message.toolCallList ?? []) as ShownCall[]), ...withTools.map(({ toolCall }) => toolCall)];
}
