import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { garbageCollector } from '../../../test/support/garbage-collector.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { parseMessage } from '../message/parser.ts';
import { createResponse } from '../message/response.ts';
import { readRequest } from '../session/read-request.ts';
import type { Source } from '../session/session.ts';
import type { ReceivedRequest } from './received-request.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { DEFAULT_TIMER_VALUES } from './timers.ts';
import { Transactions } from './transactions.ts';

const PEER: Source = { protocol: 'udp', address: '192.0.2.7', port: 5071 };
const TCP_PEER: Source = { protocol: 'tcp', address: '192.0.2.7', port: 40_000 };

interface RequestFields {
  method?: string;
  branch?: string;
  callId?: string;
  toTag?: string;
  cseq?: number;
}

function request(fields: RequestFields = {}): SipRequest {
  const { method = 'INVITE', branch = 'z9hG4bKone', callId = 'call-1', toTag, cseq = 1 } = fields;
  const text = [
    `${method} sip:bob@198.51.100.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.7:5071;branch=${branch};rport`,
    'Max-Forwards: 70',
    'From: <sip:alice@192.0.2.7>;tag=alice',
    `To: <sip:bob@198.51.100.1>${toTag ? `;tag=${toTag}` : ''}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    'Contact: <sip:alice@192.0.2.7:5071>',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
  const parsed = parseMessage(Buffer.from(text));
  assert.ok(parsed.ok && parsed.message.kind === 'request');
  return parsed.message;
}

function received(fields: RequestFields = {}, source = PEER): ReceivedRequest {
  const read = readRequest(request(fields), source);
  assert.ok(read);
  return read;
}

class Bench {
  readonly clock = new FakeClock();
  readonly sent: { at: number; text: string; to: Source }[] = [];
  readonly requests: ReceivedRequest[] = [];
  readonly acks: ReceivedRequest[] = [];
  readonly connections = new Set<string>();
  sendError: Error | undefined;
  readonly transactions: Transactions;
  readonly #served = new WeakMap<ServerTransaction, SipRequest>();
  readonly #startedAt = this.clock.monotonic();

  constructor(maxServerTransactions?: number) {
    this.transactions = new Transactions(
      {
        clock: this.clock,
        timers: DEFAULT_TIMER_VALUES,
        send: (bytes, to, onError) => {
          if (this.sendError) onError(this.sendError);
          else
            this.sent.push({
              at: this.clock.monotonic() - this.#startedAt,
              text: Buffer.from(bytes).toString(),
              to,
            });
        },
        hasConnection: (peer) => this.connections.has(`${peer.address}:${peer.port}`),
      },
      {
        onRequest: (request) => this.requests.push(request),
        onAck: (ack) => this.acks.push(ack),
      },
      silentLogger,
      maxServerTransactions === undefined ? {} : { servers: maxServerTransactions },
    );
  }

  /** Status or method of what was sent, with its time. */
  get log(): string[] {
    return this.sent.map(
      ({ at, text }) => `${at} ${text.startsWith('SIP') ? text.slice(8, 11) : text.split(' ')[0]}`,
    );
  }

  serve(fields: RequestFields = {}, source = PEER) {
    const from = received(fields, source);
    const transaction = this.transactions.serve(from);
    assert.ok(transaction);
    this.#served.set(transaction, from.request);
    return transaction;
  }

  respond(transaction: ServerTransaction, status: number): void {
    const served = this.#served.get(transaction);
    assert.ok(served);
    transaction.respond(createResponse(served, status, { toTag: 'bob' }));
  }

  call(method = 'INVITE', destination = PEER) {
    const responses: number[] = [];
    const failures: string[] = [];
    const client = this.transactions.request(request({ method }), destination, {
      onResponse: (response) => responses.push(response.status),
      onTimeout: () => failures.push('timeout'),
      onTransportError: (error) => failures.push(error.message),
    });
    const reply = (status: number, reply: Partial<SipResponse> = {}) =>
      this.transactions.receiveResponse(
        { ...createResponse(client.request, status, { toTag: 'bob' }), ...reply },
        method,
      );
    return { client, responses, failures, reply };
  }
}

describe('server transactions', () => {
  it('retransmit a rejection at T1, doubling to T2, until timer H, and then are gone', () => {
    const bench = new Bench();
    const invite = bench.serve();
    let isTimedOut = false;
    invite.onTimeout = () => {
      isTimedOut = true;
    };
    bench.respond(invite, 486);
    bench.clock.advance(31_999);
    assert.deepEqual(
      bench.sent.map((sent) => sent.at),
      [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
    );
    assert.equal(isTimedOut, false);
    bench.clock.advance(1);
    assert.equal(isTimedOut, true);
    assert.equal(bench.transactions.serverCount, 0);
    assert.equal(bench.clock.pendingCount, 0);
  });

  it('stop on the ACK, keep absorbing for T4 and do not show that ACK to the user', () => {
    const bench = new Bench();
    bench.respond(bench.serve(), 404);
    bench.transactions.receiveRequest(received({ method: 'ACK', toTag: 'bob' }));
    bench.clock.advance(4999);
    assert.deepEqual(bench.log, ['0 404']);
    assert.equal(bench.transactions.serverCount, 1);
    bench.clock.advance(1);
    assert.equal(bench.transactions.serverCount, 0);
    assert.equal(bench.acks.length, 0);
  });

  it('answer a retransmission with the last response and never show it to the user', () => {
    const bench = new Bench();
    const invite = bench.serve();
    bench.transactions.receiveRequest(received());
    bench.respond(invite, 180);
    bench.transactions.receiveRequest(received());
    assert.deepEqual(bench.log, ['0 180', '0 180']);
    assert.equal(bench.requests.length, 0);
  });

  it('leave the 2xx to their user, absorb INVITEs and end 64 * T1 after it', () => {
    const bench = new Bench();
    const invite = bench.serve();
    bench.respond(invite, 200);
    bench.transactions.receiveRequest(received());
    bench.clock.advance(10_000);
    bench.respond(invite, 200);
    bench.respond(invite, 486);
    assert.deepEqual(bench.log, ['0 200', '10000 200']);
    bench.clock.advance(22_000);
    assert.equal(bench.transactions.serverCount, 0);
  });

  it('pass an ACK on the branch of an accepted INVITE, and one on its own branch, to the user', () => {
    const bench = new Bench();
    bench.respond(bench.serve(), 200);
    bench.transactions.receiveRequest(received({ method: 'ACK', toTag: 'bob' }));
    bench.transactions.receiveRequest(received({ method: 'ACK', toTag: 'bob', branch: 'z9hG4bKtwo' }));
    assert.equal(bench.acks.length, 2);
  });

  it('need no timers on a connection, but timer H', () => {
    const bench = new Bench();
    bench.connections.add('192.0.2.7:40000');
    const bye = bench.serve({ method: 'BYE', toTag: 'bob' }, TCP_PEER);
    bench.respond(bye, 200);
    bench.clock.advance(0);
    assert.equal(bench.transactions.serverCount, 0);
    bench.respond(bench.serve({}, TCP_PEER), 486);
    bench.clock.advance(32_000);
    assert.deepEqual(bench.log, ['0 200', '0 486']);
    assert.equal(bench.transactions.serverCount, 0);
  });

  it('tell by branch, sent-by and method apart', () => {
    const bench = new Bench();
    bench.serve();
    for (const fields of [{ branch: 'z9hG4bKtwo' }, { method: 'OPTIONS' }]) {
      bench.transactions.receiveRequest(received(fields));
    }
    const elsewhere = received();
    elsewhere.via.port = 5099;
    bench.transactions.receiveRequest(elsewhere);
    assert.equal(bench.requests.length, 3);
  });

  it('match senders of RFC 2543 by the rest of the request', () => {
    const bench = new Bench();
    bench.respond(bench.serve({ branch: '1' }), 486);
    bench.transactions.receiveRequest(received({ branch: '1' }));
    bench.transactions.receiveRequest(received({ branch: '1', method: 'ACK', toTag: 'bob' }));
    assert.equal(bench.requests.length, 0);
    assert.equal(bench.acks.length, 0);
    bench.transactions.receiveRequest(received({ branch: '1', cseq: 2 }));
    bench.transactions.receiveRequest(received({ branch: '1', callId: 'call-2' }));
    assert.equal(bench.requests.length, 2);
  });

  it('are found by the CANCEL that means them', () => {
    const bench = new Bench();
    const invite = bench.serve();
    assert.equal(bench.transactions.findCancelled(received({ method: 'CANCEL' })), invite);
    assert.equal(
      bench.transactions.findCancelled(received({ method: 'CANCEL', branch: 'z9hG4bKtwo' })),
      undefined,
    );
  });

  it('know a merged request while they last: same call and sequence, another branch', () => {
    const bench = new Bench();
    const invite = bench.serve();
    assert.equal(bench.transactions.isMerged(received({ branch: 'z9hG4bKtwo' })), true);
    assert.equal(bench.transactions.isMerged(received({ branch: 'z9hG4bKtwo', cseq: 2 })), false);
    assert.equal(bench.transactions.isMerged(received({ branch: 'z9hG4bKtwo', toTag: 'bob' })), false);
    bench.respond(invite, 200);
    bench.clock.advance(32_000);
    assert.equal(bench.transactions.isMerged(received({ branch: 'z9hG4bKtwo' })), false);
  });

  it('are bounded, with a reserve for requests inside dialogs', () => {
    const bench = new Bench(4);
    for (let index = 0; index < 4; index += 1)
      bench.serve({ branch: `z9hG4bK${index}`, callId: `c${index}` });
    assert.equal(bench.transactions.serve(received({ branch: 'z9hG4bKx' })), undefined);
    assert.ok(bench.transactions.serve(received({ branch: 'z9hG4bKy', toTag: 'bob' })));
    assert.equal(bench.transactions.serve(received({ branch: 'z9hG4bKz', toTag: 'bob' })), undefined);
  });

  it('answer to where the request came from, and over TCP by a new connection where the old one is gone', () => {
    const bench = new Bench();
    bench.respond(bench.serve(), 180);
    bench.respond(bench.serve({ branch: 'z9hG4bKtcp', callId: 'tcp' }, TCP_PEER), 180);
    assert.deepEqual(bench.sent[0]?.to, PEER);
    assert.deepEqual(bench.sent[1]?.to, { protocol: 'tcp', address: '192.0.2.7', port: 5071 });
  });

  it('keep nothing of a request once its final response is out', async () => {
    const bench = new Bench();
    const collectGarbage = garbageCollector();
    const requests = (['INVITE', 'BYE'] as const).map((method) => {
      const from = received({ method });
      const transaction = bench.transactions.serve(from);
      assert.ok(transaction);
      transaction.onCancel = () => assert.fail(`${method} ${from.callId} is over`);
      transaction.onFinal = () => assert.equal(from.request.method, method);
      transaction.respond(createResponse(from.request, 200));
      return new WeakRef(from.request);
    });
    // A WeakRef holds what it was made of, or has shown, until the end of the turn.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    assert.deepEqual(
      requests.map((request) => request.deref()),
      [undefined, undefined],
    );
    assert.equal(bench.transactions.serverCount, 2);
  });

  it('tell of a response that cannot be sent and live on', () => {
    const bench = new Bench();
    bench.sendError = new Error('EPERM');
    const invite = bench.serve();
    const errors: string[] = [];
    invite.onTransportError = (error) => errors.push(error.message);
    bench.respond(invite, 180);
    assert.deepEqual(errors, ['EPERM']);
    assert.equal(invite.state, 'proceeding');
  });
});

describe('client transactions', () => {
  it('retransmit an INVITE by doubling T1 and give up at 64 * T1', () => {
    const bench = new Bench();
    const call = bench.call();
    bench.clock.advance(32_000);
    assert.deepEqual(
      bench.sent.map((sent) => sent.at),
      [0, 500, 1500, 3500, 7500, 15_500, 31_500],
    );
    assert.deepEqual(call.failures, ['timeout']);
    assert.equal(bench.transactions.clientCount, 0);
    assert.equal(bench.clock.pendingCount, 0);
  });

  it('retransmit another request up to T2, and at T2 after a provisional response', () => {
    const bench = new Bench();
    const call = bench.call('OPTIONS');
    bench.clock.advance(8000);
    assert.deepEqual(
      bench.sent.map((sent) => sent.at),
      [0, 500, 1500, 3500, 7500],
    );
    call.reply(100);
    bench.clock.advance(8000);
    assert.deepEqual(
      bench.sent.slice(5).map((sent) => sent.at),
      [11_500, 15_500],
    );
    bench.clock.advance(16_000);
    assert.deepEqual(call.failures, ['timeout']);
  });

  it('acknowledge a rejection on the same branch, with the To of the response, each time it comes', () => {
    const bench = new Bench();
    const call = bench.call();
    call.reply(486);
    call.reply(486);
    assert.deepEqual(call.responses, [486]);
    const acks = bench.sent.filter(({ text }) => text.startsWith('ACK'));
    assert.equal(acks.length, 2);
    assert.match(acks[0]?.text ?? '', /branch=z9hG4bKone/);
    assert.match(acks[0]?.text ?? '', /^To: .*;tag=bob\r$/m);
    assert.match(acks[0]?.text ?? '', /^CSeq: 1 ACK\r$/m);
    bench.clock.advance(32_000);
    assert.equal(bench.transactions.clientCount, 0);
  });

  it('pass every 2xx for 64 * T1, then drop them', () => {
    const bench = new Bench();
    const call = bench.call();
    call.reply(180);
    call.reply(200);
    call.reply(200);
    bench.clock.advance(32_000);
    call.reply(200);
    assert.deepEqual(call.responses, [180, 200, 200]);
    assert.equal(bench.transactions.clientCount, 0);
  });

  it('match responses by branch and method only', () => {
    const bench = new Bench();
    const call = bench.call();
    bench.transactions.receiveResponse(createResponse(call.client.request, 200), 'BYE');
    bench.transactions.receiveResponse(createResponse(request({ branch: 'z9hG4bKother' }), 200), 'INVITE');
    assert.deepEqual(call.responses, []);
  });

  it('fail with their connection, and only with theirs', () => {
    const bench = new Bench();
    const call = bench.call('INVITE', TCP_PEER);
    bench.transactions.connectionClosed({ ...TCP_PEER, port: 1 }, new Error('other'));
    assert.deepEqual(call.failures, []);
    bench.transactions.connectionClosed(TCP_PEER, new Error('ECONNREFUSED'));
    assert.deepEqual(call.failures, ['ECONNREFUSED']);
    assert.equal(bench.transactions.clientCount, 0);
    assert.equal(bench.clock.pendingCount, 0);
  });

  it('do not retransmit on a connection', () => {
    const bench = new Bench();
    bench.call('BYE', TCP_PEER);
    bench.clock.advance(31_999);
    assert.deepEqual(bench.log, ['0 BYE']);
  });

  it('leave no timer behind when the stack closes', () => {
    const bench = new Bench();
    bench.call();
    bench.respond(bench.serve(), 486);
    bench.transactions.close();
    assert.equal(bench.clock.pendingCount, 0);
  });
});
