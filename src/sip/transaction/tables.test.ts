import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inviteClientTable } from './invite-client-table.ts';
import { inviteServerTable } from './invite-server-table.ts';
import { Machine, type MachineTable } from './machine.ts';
import { nonInviteClientTable } from './non-invite-client-table.ts';
import { nonInviteServerTable } from './non-invite-server-table.ts';

/** The rows that the tests below have walked over, by table. */
const walked = new Map<MachineTable<string, string, string>, Set<string>>();

/** Walks a machine through inputs and tells the state and the effects after each: `state: effect effect`. */
function walk(table: MachineTable<string, string, string>, from: string, inputs: string[]): string[] {
  const effects: string[] = [];
  const machine = new Machine(table, from, (effect) => effects.push(effect));
  const rows = walked.get(table) ?? new Set();
  walked.set(table, rows);
  return inputs.map((input) => {
    rows.add(`${machine.state} ${input}`);
    machine.take(input);
    return [`${machine.state}:`, ...effects.splice(0)].join(' ');
  });
}

describe('the INVITE server transaction (RFC 3261 17.2.1, RFC 6026)', () => {
  const from = (state: string, ...inputs: string[]) => walk(inviteServerTable, state, inputs);

  it('answers a retransmitted INVITE with the last provisional response', () => {
    assert.deepEqual(from('proceeding', 'send-1xx', 'request'), ['proceeding: send', 'proceeding: resend']);
  });
  it('is accepted by a 2xx, absorbs INVITEs, lets 2xx and ACK pass, and ends by timer L', () => {
    assert.deepEqual(from('proceeding', 'send-2xx', 'request', 'send-2xx', 'ack', 'timer-L'), [
      'accepted: send start-L',
      'accepted:',
      'accepted: send',
      'accepted: pass-ack',
      'terminated:',
    ]);
  });
  it('retransmits a rejection by timer G until the ACK, then waits for timer I', () => {
    assert.deepEqual(
      from('proceeding', 'send-final', 'timer-G', 'request', 'ack', 'ack', 'request', 'timer-I'),
      [
        'completed: send start-G start-H',
        'completed: resend restart-G',
        'completed: resend',
        'confirmed: stop-G stop-H start-I',
        'confirmed:',
        'confirmed:',
        'terminated:',
      ],
    );
  });
  it('tells of an ACK that never came by timer H', () => {
    assert.deepEqual(from('completed', 'timer-H'), ['terminated: inform-timeout']);
  });
  it('stays where it is on a transport error (RFC 6026 7.1)', () => {
    for (const state of ['proceeding', 'accepted', 'completed']) {
      assert.deepEqual(from(state, 'transport-error'), [`${state}: inform-transport-error`]);
    }
    assert.deepEqual(from('confirmed', 'transport-error'), ['confirmed:']);
  });
  it('sends no second final response and ignores everything at its end', () => {
    assert.deepEqual(from('accepted', 'send-final', 'send-1xx'), ['accepted:', 'accepted:']);
    assert.deepEqual(from('completed', 'send-2xx', 'send-1xx'), ['completed:', 'completed:']);
    assert.deepEqual(from('terminated', 'request', 'ack', 'send-2xx'), [
      'terminated:',
      'terminated:',
      'terminated:',
    ]);
  });
});

describe('the non-INVITE server transaction (RFC 3261 17.2.2)', () => {
  const from = (state: string, ...inputs: string[]) => walk(nonInviteServerTable, state, inputs);

  it('absorbs retransmissions while there is nothing to send', () => {
    assert.deepEqual(from('trying', 'request'), ['trying:']);
  });
  it('repeats its provisional, then its final response, until timer J', () => {
    assert.deepEqual(from('trying', 'send-1xx', 'send-1xx', 'request', 'send-final', 'request', 'timer-J'), [
      'proceeding: send',
      'proceeding: send',
      'proceeding: resend',
      'completed: send start-J',
      'completed: resend',
      'terminated:',
    ]);
  });
  it('may go to its final response at once and sends no other', () => {
    assert.deepEqual(from('trying', 'send-final', 'send-final', 'send-1xx'), [
      'completed: send start-J',
      'completed:',
      'completed:',
    ]);
  });
  it('stays where it is on a transport error', () => {
    for (const state of ['proceeding', 'completed']) {
      assert.deepEqual(from(state, 'transport-error'), [`${state}: inform-transport-error`]);
    }
  });
});

describe('the INVITE client transaction (RFC 3261 17.1.1, RFC 6026)', () => {
  const from = (state: string, ...inputs: string[]) => walk(inviteClientTable, state, inputs);

  it('retransmits by timer A until a response comes', () => {
    assert.deepEqual(from('calling', 'timer-A', 'response-1xx', 'response-1xx', 'timer-A'), [
      'calling: resend restart-A',
      'proceeding: stop-A stop-B pass',
      'proceeding: pass',
      'proceeding:',
    ]);
  });
  it('passes each 2xx up until timer M, from calling and from proceeding', () => {
    assert.deepEqual(from('calling', 'response-2xx', 'response-2xx', 'response-1xx', 'timer-M'), [
      'accepted: stop-A stop-B start-M pass',
      'accepted: pass',
      'accepted:',
      'terminated:',
    ]);
    assert.deepEqual(from('proceeding', 'response-2xx'), ['accepted: start-M pass']);
  });
  it('acknowledges a rejection each time it comes and passes it up once', () => {
    assert.deepEqual(from('calling', 'response-final', 'response-final', 'timer-D'), [
      'completed: stop-A stop-B ack start-D pass',
      'completed: ack',
      'terminated:',
    ]);
    assert.deepEqual(from('proceeding', 'response-final'), ['completed: ack start-D pass']);
  });
  it('is given up while it has no final response, and at no other time', () => {
    assert.deepEqual(from('calling', 'give-up'), ['terminated:']);
    assert.deepEqual(from('proceeding', 'give-up'), ['terminated:']);
    assert.deepEqual(from('accepted', 'give-up'), ['accepted:']);
  });
  it('tells of a time-out by timer B and of a transport error', () => {
    assert.deepEqual(from('calling', 'timer-B'), ['terminated: inform-timeout']);
    assert.deepEqual(from('proceeding', 'timer-B'), ['terminated: inform-timeout']);
    assert.deepEqual(from('accepted', 'timer-B'), ['accepted:']);
    assert.deepEqual(from('completed', 'timer-B'), ['completed:']);
    for (const state of ['calling', 'proceeding', 'completed']) {
      assert.deepEqual(from(state, 'transport-error'), ['terminated: inform-transport-error']);
    }
    assert.deepEqual(from('accepted', 'transport-error'), ['accepted:']);
  });
});

describe('the non-INVITE client transaction (RFC 3261 17.1.2)', () => {
  const from = (state: string, ...inputs: string[]) => walk(nonInviteClientTable, state, inputs);

  it('retransmits by timer E, at T2 once a provisional response has come', () => {
    assert.deepEqual(from('trying', 'timer-E', 'response-1xx', 'timer-E', 'response-1xx'), [
      'trying: resend restart-E',
      'proceeding: pass',
      'proceeding: resend restart-E-at-T2',
      'proceeding: pass',
    ]);
  });
  it('passes its final response up once and absorbs others until timer K', () => {
    assert.deepEqual(from('trying', 'response-final', 'response-final', 'timer-K'), [
      'completed: stop-E stop-F start-K pass',
      'completed:',
      'terminated:',
    ]);
    assert.deepEqual(from('proceeding', 'response-final'), ['completed: stop-E stop-F start-K pass']);
  });
  it('tells of a time-out by timer F and of a transport error', () => {
    for (const state of ['trying', 'proceeding']) {
      assert.deepEqual(from(state, 'timer-F'), ['terminated: inform-timeout']);
      assert.deepEqual(from(state, 'transport-error'), ['terminated: inform-transport-error']);
    }
    assert.deepEqual(from('completed', 'transport-error'), ['completed:']);
  });
});

describe('a machine', () => {
  it('finishes the effects of one row before it takes an input that they caused', () => {
    const seen: string[] = [];
    const machine: Machine<string, string, string> = new Machine<string, string, string>(
      {
        a: { go: { to: 'b', effects: ['fail', 'then'] } },
        b: { error: { to: 'c', effects: ['last'] } },
        c: {},
      },
      'a',
      (effect) => {
        seen.push(effect);
        if (effect === 'fail') machine.take('error');
      },
    );
    machine.take('go');
    assert.deepEqual(seen, ['fail', 'then', 'last']);
    assert.equal(machine.state, 'c');
  });
});

describe('the tests above', () => {
  it('have walked over every row of the four tables', () => {
    const tables: [name: string, table: MachineTable<string, string, string>][] = [
      ['INVITE client', inviteClientTable],
      ['INVITE server', inviteServerTable],
      ['non-INVITE client', nonInviteClientTable],
      ['non-INVITE server', nonInviteServerTable],
    ];
    const missing = tables.flatMap(([name, table]) =>
      Object.entries(table).flatMap(([state, inputs]) =>
        Object.keys(inputs)
          .filter((input) => !walked.get(table)?.has(`${state} ${input}`))
          .map((input) => `${name}: ${state} ${input}`),
      ),
    );
    assert.deepEqual(missing, []);
  });
});
