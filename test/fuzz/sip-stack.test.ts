import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CpuBudget } from './cpu-budget.ts';
import { FuzzedStack, NOTHING_KEPT } from './fuzzed-stack.ts';
import { mutate, SIP_CORPUS, seededRandom } from './sip-corpus.ts';

/** Fits some seconds of CPU; `OFFHOOK_FUZZ_ROUNDS` and `OFFHOOK_FUZZ_SEED` make another run of it. */
const ROUNDS = Number(process.env.OFFHOOK_FUZZ_ROUNDS ?? 10_000);
const SEED = Number(process.env.OFFHOOK_FUZZ_SEED ?? 3261);
/** Messages after which both calls begin anew: an early BYE must not leave the rest without a dialog. */
const RENEW_EVERY = 20;

/** What the stack says to each message of the corpus as it is, in their order; undefined where it says nothing at once. */
const ANSWERS: (string | undefined)[] = [
  'SIP/2.0 486',
  'SIP/2.0 481',
  'SIP/2.0 400',
  'SIP/2.0 481',
  undefined,
  'SIP/2.0 486',
  'SIP/2.0 486',
  'SIP/2.0 486',
  'SIP/2.0 200',
  'SIP/2.0 200',
  'SIP/2.0 200',
  'SIP/2.0 202',
  'SIP/2.0 481',
  'SIP/2.0 200',
  undefined,
  'SIP/2.0 481',
  undefined,
  'INVITE',
  'INVITE',
  'ACK',
  undefined,
  'SIP/2.0 400',
  'SIP/2.0 486',
  'SIP/2.0 486',
  'SIP/2.0 400',
  'SIP/2.0 513',
  'SIP/2.0 486',
  'SIP/2.0 486',
];

test('each message of the corpus gets where it is to get, into both calls and past them', async () => {
  const stack = new FuzzedStack();
  assert.equal(ANSWERS.length, SIP_CORPUS.length, 'each file has its answer');
  for (const [index, message] of SIP_CORPUS.entries()) {
    stack.renew();
    const answer = stack.handle(stack.fill(message))?.toString();
    const [first, status] = answer?.split(' ', 2) ?? [];
    assert.equal(first === 'SIP/2.0' ? `${first} ${status}` : first, ANSWERS[index], `file ${index + 1}`);
    // Some is said only in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(stack.failures, []);
});

test(`mutated messages hurt no part of the stack, and leave nothing behind (seed ${SEED})`, async (t) => {
  const stack = new FuzzedStack();
  const random = seededRandom(SEED);
  const budget = new CpuBudget();
  const pick = (): Buffer => SIP_CORPUS[Math.floor(random() * SIP_CORPUS.length)] ?? Buffer.alloc(0);
  const statuses = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round % RENEW_EVERY === 0) {
      stack.renew();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const datagram = mutate(stack.fill(pick()), pick(), random);
    const describe = () => `round ${round}: ${JSON.stringify(datagram.toString('latin1').slice(0, 2_000))}`;
    let answer: Buffer | undefined;
    budget.spend(() => {
      answer = stack.handle(datagram);
    }, describe);
    if (stack.failures.length > 0) assert.deepEqual(stack.failures, [], describe());
    const status = answer?.toString('latin1', 8, 11) ?? 'none';
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  t.diagnostic(`${budget}`);
  budget.assertKept();
  // A mutator that breaks everything, or nothing, would test nothing.
  for (const status of ['200', '202', '400', '481', '486', 'none']) {
    assert.ok((statuses.get(status) ?? 0) > ROUNDS / 1_000, `${status}: ${JSON.stringify([...statuses])}`);
  }
  await stack.end();
  assert.deepEqual(stack.kept, NOTHING_KEPT);
});
