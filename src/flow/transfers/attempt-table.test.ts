import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AttemptInput, type AttemptState, nextStep, type Settlement } from './attempt-table.ts';

const BUSY = { outcome: 'busy', status: 486, detail: 'SIP 486' } as const;

/** Where inputs lead from the beginning, what is done on the way, and how it ends. */
function run(...inputs: AttemptInput[]) {
  let state: AttemptState = 'new';
  const done: string[] = [];
  let settlement: Settlement | undefined;
  for (const input of inputs) {
    const [next, ...effects] = nextStep(state, input);
    state = next;
    for (const effect of effects) {
      if (effect.type === 'settle') {
        assert.equal(settlement, undefined, 'an attempt is settled once');
        settlement = effect.settlement;
      } else done.push(effect.type);
    }
  }
  return { state, done, settlement };
}

const outcomeOf = (...inputs: AttemptInput[]) => {
  const { settlement } = run(...inputs);
  return settlement?.kind === 'missed' ? settlement.miss.outcome : settlement?.kind;
};

describe('an attempt that dials', () => {
  it('reaches the operator once he has answered and knows what he has to know', () => {
    assert.deepEqual(run({ type: 'dial' }, { type: 'answered' }, { type: 'briefed' }), {
      state: 'over',
      done: ['dial', 'brief'],
      settlement: { kind: 'reached' },
    });
  });

  it('misses who does not answer, and leaves nothing to hang up', () => {
    const { done, settlement } = run({ type: 'dial' }, { type: 'missed', miss: BUSY });
    assert.deepEqual(done, ['dial']);
    assert.deepEqual(settlement, { kind: 'missed', miss: BUSY });
  });

  it('takes the call back at once when the caller leaves, while it rings and while the operator is told', () => {
    for (const before of [[], [{ type: 'answered' } as const]]) {
      const { done, settlement } = run({ type: 'dial' }, ...before, { type: 'caller-left' });
      assert.equal(done.at(-1), 'hang-up-operator');
      assert.equal(settlement?.kind === 'missed' && settlement.miss.outcome, 'cancelled-by-caller');
    }
  });

  it('never joins an operator who has left or who does not take the call', () => {
    const answered = [{ type: 'dial' }, { type: 'answered' }] as const;
    assert.equal(outcomeOf(...answered, { type: 'operator-left' }, { type: 'briefed' }), 'rejected');
    const machine = { outcome: 'voicemail', detail: 'a greeting' } as const;
    assert.equal(outcomeOf(...answered, { type: 'declined', miss: machine }), 'voicemail');
  });
});

describe('an attempt that refers', () => {
  const accepted = [{ type: 'refer' }, { type: 'refer-accepted' }] as const;

  it('has brought the caller there when the final NOTIFY says so', () => {
    assert.deepEqual(run(...accepted, { type: 'refer-settled', status: 200 }), {
      state: 'over',
      done: ['ask-to-refer'],
      settlement: { kind: 'referred' },
    });
  });

  it('keeps the caller where the final NOTIFY says that nobody answered', () => {
    assert.equal(outcomeOf(...accepted, { type: 'refer-settled', status: 486 }), 'busy');
    assert.equal(outcomeOf(...accepted, { type: 'refer-settled', status: 480 }), 'no-answer');
  });

  it('takes a caller who leaves meanwhile, or a far end that never tells, for brought there', () => {
    assert.equal(outcomeOf(...accepted, { type: 'caller-left' }), 'referred');
    assert.equal(outcomeOf(...accepted, { type: 'refer-settled', status: undefined }), 'referred');
  });

  it('dials where the far end refuses', () => {
    const refused = run({ type: 'refer' }, { type: 'refer-refused' }, { type: 'missed', miss: BUSY });
    assert.deepEqual(refused.done, ['ask-to-refer', 'dial']);
    assert.deepEqual(refused.settlement, { kind: 'missed', miss: BUSY });
  });

  it('is cancelled by a caller who leaves before the far end has said whether it does', () => {
    assert.equal(outcomeOf({ type: 'refer' }, { type: 'caller-left' }), 'cancelled-by-caller');
  });
});

it('an attempt with bye reaches for nobody', () => {
  assert.deepEqual(run({ type: 'bye' }), { state: 'over', done: [], settlement: { kind: 'closed' } });
});

it('what comes too late changes nothing', () => {
  const late: AttemptInput[] = [
    { type: 'answered' },
    { type: 'briefed' },
    { type: 'caller-left' },
    { type: 'operator-left' },
    { type: 'refer-settled', status: 200 },
  ];
  const { done } = run({ type: 'dial' }, { type: 'missed', miss: BUSY }, ...late);
  assert.deepEqual(done, ['dial']);
});
