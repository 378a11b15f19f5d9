import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Machine, type MachineTable } from '../transaction/machine.ts';
import { clientSessionTable } from './client-session-table.ts';
import { serverSessionTable } from './server-session-table.ts';

/** Every row of a table as `state input: next effects`. */
function rows(table: MachineTable<string, string, string>): string[] {
  return Object.entries(table).flatMap(([state, inputs]) =>
    Object.keys(inputs).map((input) => {
      const effects: string[] = [];
      const machine = new Machine(table, state, (effect) => effects.push(effect));
      machine.take(input);
      return [`${state} ${input}: ${machine.state}`, ...effects].join(' ');
    }),
  );
}

describe('the states of an INVITE', () => {
  it('as UAS', () => {
    assert.deepEqual(rows(serverSessionTable), [
      'ringing ring: ringing send-180',
      'ringing progress: early send-183',
      'ringing accept: answered stop-ringing send-200 start-retransmission',
      'ringing reject: ended stop-ringing send-rejection end',
      'ringing cancel: ended stop-ringing send-487 end',
      'ringing expire: ended stop-ringing send-487 end',
      'ringing peer-bye: ended stop-ringing send-487 end',
      'early ring: early send-183',
      'early accept: answered stop-ringing send-200 start-retransmission',
      'early reject: ended stop-ringing send-rejection end',
      'early cancel: ended stop-ringing send-487 end',
      'early expire: ended stop-ringing send-487 end',
      'early peer-bye: ended stop-ringing send-487 end',
      'answered ack: confirmed stop-retransmission confirm',
      'answered no-ack: ended send-bye',
      'answered peer-bye: ended stop-retransmission end',
      'confirmed peer-bye: ended end',
      'confirmed bye: ended send-bye',
    ]);
  });

  it('as UAC', () => {
    assert.deepEqual(rows(clientSessionTable), [
      'calling provisional: proceeding pass-provisional',
      'calling unheeded-provisional: proceeding',
      'calling success: confirmed confirm',
      'calling failure: ended fail',
      'calling retry: calling send-again',
      'calling cancel: cancel-waiting',
      'proceeding provisional: proceeding pass-provisional',
      'proceeding success: confirmed confirm',
      'proceeding failure: ended fail',
      'proceeding retry: calling send-again',
      'proceeding cancel: cancelling send-cancel',
      'cancel-waiting provisional: cancelling send-cancel',
      'cancel-waiting unheeded-provisional: cancelling send-cancel',
      'cancel-waiting success: ended hang-up',
      'cancel-waiting failure: ended fail',
      'cancel-waiting retry: ended fail',
      'cancelling success: ended hang-up',
      'cancelling failure: ended fail',
      'cancelling retry: ended fail',
      'cancelling cancel-timeout: ended fail',
      'confirmed peer-bye: ended end',
      'confirmed bye: ended send-bye',
    ]);
  });
});
