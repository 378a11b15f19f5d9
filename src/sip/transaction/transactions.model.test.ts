import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { headerValue } from '../message/headers.ts';
import type { SipRequest } from '../message/message.ts';
import { parseMessage } from '../message/parser.ts';
import { createRequest } from '../message/request.ts';
import { createResponse } from '../message/response.ts';
import { serialize } from '../message/serializer.ts';
import { AnswerRetransmission } from '../session/answer-retransmission.ts';
import { readRequest } from '../session/read-request.ts';
import type { Source } from '../session/session.ts';
import type { ReceivedRequest } from './received-request.ts';
import { DEFAULT_TIMER_VALUES } from './timers.ts';
import { Transactions } from './transactions.ts';

const CALLER: Source = { protocol: 'udp', address: '192.0.2.7', port: 5060 };
const CALLEE: Source = { protocol: 'udp', address: '192.0.2.8', port: 5060 };
/** Longest delay of a message: below T1, so that no copy outlives the transaction that is to absorb it. */
const MAX_DELAY_MS = 400;
/** When a caller that has heard no final response gives its INVITE up. */
const PATIENCE_MS = 60_000;
/** Longer than any timer of any transaction, one after another. */
const FOREVER_MS = 400_000;

/** What becomes of each message in turn: a copy arrives after each of these delays, in milliseconds; none: it is lost. */
type Fates = number[][];

interface Scenario {
  method: 'INVITE' | 'OPTIONS';
  status: 200 | 486;
  /** When the callee sends a provisional response, if at all, and its final one. */
  provisionalMs: number | undefined;
  finalMs: number;
  toCallee: Fates;
  toCaller: Fates;
  /** What is not listed is lost, or arrives at once. */
  isRestLost: boolean;
}

const fates = fc.array(fc.array(fc.integer({ min: 0, max: MAX_DELAY_MS }), { maxLength: 3 }), {
  maxLength: 30,
});
const scenario: fc.Arbitrary<Scenario> = fc.record({
  method: fc.constantFrom('INVITE', 'OPTIONS'),
  status: fc.constantFrom(200, 486),
  provisionalMs: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
  finalMs: fc.integer({ min: 0, max: 15_000 }),
  toCallee: fates,
  toCaller: fates,
  isRestLost: fc.boolean(),
});

interface Outcome {
  /** Final responses and failures as the caller's user heard them. */
  finals: (number | 'time-out' | 'given up')[];
  /** Requests that the callee's user was asked to serve. */
  served: number;
  transactions: number;
  timers: number;
}

function requestOf(method: string, branch: string): SipRequest {
  return createRequest(method, 'sip:bob@192.0.2.8', {
    from: '<sip:alice@192.0.2.7>;tag=alice',
    to: '<sip:bob@192.0.2.8>',
    callId: 'one-call',
    seq: 1,
    headers: [
      { name: 'Via', value: `SIP/2.0/UDP 192.0.2.7:5060;branch=${branch}` },
      { name: 'Content-Length', value: '0' },
    ],
  });
}

/** A caller and a callee, each with its transactions, and a network between them that keeps to the fates. */
function run(scenario: Scenario): Outcome {
  const { method, status, provisionalMs, finalMs, toCallee, toCaller, isRestLost } = scenario;
  const clock = new FakeClock();
  const timers = DEFAULT_TIMER_VALUES;
  const finals: Outcome['finals'] = [];
  let served = 0;

  function carrier(list: Fates, deliver: (bytes: Uint8Array) => void) {
    let count = 0;
    return (bytes: Uint8Array) => {
      const delays = list[count] ?? (isRestLost ? [] : [0]);
      count += 1;
      for (const delayMs of delays) clock.setTimeout(() => deliver(bytes), delayMs);
    };
  }

  const sendToCallee = carrier(toCallee, (bytes) => {
    const parsed = parseMessage(bytes);
    assert.ok(parsed.ok && parsed.message.kind === 'request');
    const received = readRequest(parsed.message, CALLER);
    assert.ok(received);
    callee.receiveRequest(received);
  });
  const sendToCaller = carrier(toCaller, (bytes) => {
    const parsed = parseMessage(bytes);
    assert.ok(parsed.ok && parsed.message.kind === 'response');
    caller.receiveResponse(parsed.message, method);
  });

  const answer = new AnswerRetransmission(clock, timers);
  function serve(received: ReceivedRequest): void {
    served += 1;
    const transaction = callee.serve(received);
    assert.ok(transaction);
    const respond = (code: number) =>
      transaction.respond(createResponse(received.request, code, { toTag: 'bob' }));
    if (provisionalMs !== undefined) clock.setTimeout(() => respond(180), provisionalMs);
    clock.setTimeout(() => {
      respond(status);
      if (method === 'INVITE' && status === 200)
        answer.start(
          () => respond(status),
          () => {},
        );
    }, finalMs);
  }

  const context = { clock, timers, hasConnection: () => false };
  const caller = new Transactions(
    { ...context, send: sendToCallee },
    { onRequest: () => assert.fail('the callee asks nothing'), onAck: () => assert.fail('nor acknowledges') },
    silentLogger,
  );
  const callee = new Transactions(
    { ...context, send: sendToCaller },
    { onRequest: serve, onAck: () => answer.stop() },
    silentLogger,
  );

  const transaction = caller.request(requestOf(method, 'z9hG4bKmodel'), CALLEE, {
    onResponse: (response) => {
      if (response.status < 200) return;
      finals.push(response.status);
      assert.ok(headerValue(response, 'To')?.endsWith(';tag=bob'));
      // The ACK of a 2xx is its user's to send, each time that the 2xx comes.
      if (method === 'INVITE' && response.status < 300)
        sendToCallee(serialize(requestOf('ACK', 'z9hG4bKack')));
    },
    onTimeout: () => finals.push('time-out'),
    onTransportError: () => assert.fail('no transport fails'),
  });
  clock.setTimeout(() => {
    if (finals.length > 0) return;
    transaction.giveUp();
    finals.push('given up');
  }, PATIENCE_MS);

  clock.advance(FOREVER_MS);
  return {
    finals,
    served,
    transactions: caller.clientCount + callee.serverCount,
    timers: clock.pendingCount,
  };
}

describe('transactions on a network that loses, doubles and reorders', () => {
  it('bring exactly one outcome, serve each request once, and leave nothing behind', () => {
    const seen = new Set<string | number>();
    fc.assert(
      fc.property(scenario, (given) => {
        const { finals, served, transactions, timers } = run(given);
        const isAnswered = given.method === 'INVITE' && given.status === 200;
        // Each copy of a 2xx to an INVITE goes up, so that it is acknowledged again; nothing else comes twice.
        assert.equal(isAnswered ? new Set(finals).size : finals.length, 1, finals.join());
        for (const final of finals) {
          seen.add(final);
          if (typeof final === 'number') assert.equal(final, given.status);
          else assert.equal(finals.length, 1);
        }
        if (finals[0] === 'given up') assert.equal(given.method, 'INVITE');
        assert.ok(served <= 1, `served ${served} times`);
        assert.equal(transactions, 0, 'transactions are left');
        assert.equal(timers, 0, 'timers are left');
      }),
      { numRuns: 1_000 },
    );
    for (const outcome of [200, 486, 'time-out']) assert.ok(seen.has(outcome), `the fates reach ${outcome}`);
  });

  it('bring the final response whenever the network carries one message in three', () => {
    const oneInThree = Array.from({ length: 60 }, (_, index) => (index % 3 === 2 ? [index % 7] : []));
    for (const method of ['INVITE', 'OPTIONS'] as const) {
      for (const status of [200, 486] as const) {
        const { finals, transactions, timers } = run({
          ...{ method, status, provisionalMs: 100, finalMs: 300, isRestLost: false },
          ...{ toCallee: oneInThree, toCaller: oneInThree },
        });
        assert.equal(finals[0], status);
        assert.deepEqual([transactions, timers], [0, 0]);
      }
    }
  });
});
