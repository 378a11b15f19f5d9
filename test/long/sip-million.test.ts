import assert from 'node:assert/strict';
import { createHistogram } from 'node:perf_hooks';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { parseMessage } from '../../src/sip/message/parser.ts';
import { StreamFramer } from '../../src/sip/message/stream-framer.ts';
import { FuzzedStack, NOTHING_KEPT } from '../fuzz/fuzzed-stack.ts';
import { handle } from '../fuzz/handle-datagram.ts';
import { mutate, SIP_CORPUS, seededRandom } from '../fuzz/sip-corpus.ts';
import { garbageCollector } from '../support/garbage-collector.ts';

const DATAGRAMS = Number(process.env.OFFHOOK_FUZZ_ROUNDS ?? 1_000_000);
/** Each of a sound message and what may be one or many: about half a million messages more. */
const STREAMS = 250_000;
const SEED = Number(process.env.OFFHOOK_FUZZ_SEED ?? 3261);
/** Messages after which the code is compiled, and heap and buffers of the whole stack have their size; growth counts from here. */
const WARM_UP = 200_000;
const PROGRESS_EVERY = 100_000;

/** What one message may cost, in microseconds of CPU, and how many may pass it because the collector ran meanwhile. */
const CPU_LIMIT_US = 5_000;
const CPU_PERCENTILE = 99.9;
/** Time on the wall that one message may take: other programs have the processor too. */
const WALL_LIMIT_US = 50_000;
/** How often a message beyond a limit is handled again, to tell its own cost from what came between. */
const RETRIES = 5;
const GROWTH_LIMIT_MB = 20;
/** Messages after which the stack's calls begin anew, and what waits for a later turn gets it. */
const RENEW_EVERY = 50;
const SOUND = SIP_CORPUS.filter((message) => parseMessage(message).ok);
/** Reads in which a stream comes at most; single bytes are the matter of the framer's own tests. */
const MOST_CHUNKS = 64;

// V8 gives a busy program ever more room for young objects, up to 100 MB: held where it begins, memory tells what is kept.
setFlagsFromString('--semi-space-growth-factor=1');
const collectGarbage = garbageCollector();

function residentMb(): number {
  collectGarbage();
  return process.memoryUsage.rss() / 2 ** 20;
}

interface Cost {
  cpuUs: number;
  wallUs: number;
}

function costOf(work: () => void): Cost {
  const wallBefore = process.hrtime.bigint();
  const cpuBefore = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(cpuBefore);
  const wallUs = Number(process.hrtime.bigint() - wallBefore) / 1_000;
  // The kernel counts by ticks of some milliseconds: what took less time on the wall took no more of the processor.
  return { cpuUs: Math.min(user + system, Math.round(wallUs)), wallUs };
}

const isBeyond = ({ cpuUs, wallUs }: Cost): boolean => cpuUs >= CPU_LIMIT_US || wallUs >= WALL_LIMIT_US;

/** Hands the work over once; where that passed a limit, again. @returns the first cost, and the least of all. */
function leastCost(work: () => void, describe: () => string): { first: Cost; least: Cost } {
  let first: Cost;
  try {
    first = costOf(work);
  } catch (error) {
    throw new Error(`thrown at by ${describe()}`, { cause: error });
  }
  let least = first;
  for (let retry = 0; retry < RETRIES && isBeyond(least); retry += 1) {
    const { cpuUs, wallUs } = costOf(work);
    least = { cpuUs: Math.min(least.cpuUs, cpuUs), wallUs: Math.min(least.wallUs, wallUs) };
  }
  return { first, least };
}

/** Costs of many messages, without keeping them: memory is what is measured beside. */
class Costs {
  readonly #cpu = createHistogram();
  readonly #wall = createHistogram();
  repeated = 0;
  #worstLeast: Cost = { cpuUs: 0, wallUs: 0 };

  take(work: () => void, describe: () => string): void {
    const { first, least } = leastCost(work, describe);
    this.#cpu.record(Math.max(1, Math.round(first.cpuUs)));
    this.#wall.record(Math.max(1, Math.round(first.wallUs)));
    if (first !== least) this.repeated += 1;
    this.#worstLeast = {
      cpuUs: Math.max(this.#worstLeast.cpuUs, least.cpuUs),
      wallUs: Math.max(this.#worstLeast.wallUs, least.wallUs),
    };
    assert.ok(
      !isBeyond(least),
      `${least.cpuUs} us of CPU, ${least.wallUs} us, again and again: ${describe()}`,
    );
  }

  /** CPU time that all but one in a thousand stay within. */
  get percentileUs(): number {
    return this.#cpu.percentile(CPU_PERCENTILE);
  }

  toString(): string {
    const at = (share: number) => `${this.#cpu.percentile(share)} us`;
    const worst = `${this.#worstLeast.cpuUs} us CPU, ${this.#worstLeast.wallUs.toFixed(0)} us on the wall`;
    return (
      `CPU a message p50 ${at(50)}, p99 ${at(99)}, p${CPU_PERCENTILE} ${at(CPU_PERCENTILE)}; ` +
      `slowest at first sight ${this.#cpu.max} us CPU, ${this.#wall.max} us on the wall; ` +
      `${this.repeated} handled again, slowest then ${worst}`
    );
  }
}

/** Mutated messages of a seed, without end; `fill` gives each its place in a call before. */
function* mutations(seed: number, fill: (message: Buffer) => Buffer): Generator<Buffer, never> {
  const random = seededRandom(seed);
  const pick = (): Buffer => SIP_CORPUS[Math.floor(random() * SIP_CORPUS.length)] ?? Buffer.alloc(0);
  for (;;) yield mutate(fill(pick()), pick(), random);
}

const quoted = (bytes: Buffer): string => JSON.stringify(bytes.toString('latin1').slice(0, 2_000));

/** Gives so many messages to `each`, and watches memory meanwhile. @returns the megabytes it grew by. */
async function growthOver(
  t: TestContext,
  rounds: number,
  seed: number,
  each: (message: Buffer, round: number) => void,
  stack?: FuzzedStack,
): Promise<number> {
  const messages = mutations(seed, (message) => stack?.fill(message) ?? message);
  let startMb = 0;
  let peakMb = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (round % RENEW_EVERY === 0) {
      stack?.renew();
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (round === WARM_UP) startMb = residentMb();
    else if (round % PROGRESS_EVERY === 0 && round > WARM_UP) peakMb = Math.max(peakMb, residentMb());
    each(messages.next().value, round);
  }
  const endMb = residentMb();
  t.diagnostic(
    `memory ${startMb.toFixed(1)} MB after ${WARM_UP} messages, at most ${Math.max(peakMb, endMb).toFixed(1)} MB, ` +
      `${endMb.toFixed(1)} MB after ${rounds} (limit: ${GROWTH_LIMIT_MB} MB more)`,
  );
  return endMb - startMb;
}

test(`a million mutated datagrams are answered or dropped, none thrown at, each within 5 ms (seed ${SEED})`, async (t) => {
  const stack = new FuzzedStack();
  const costs = new Costs();
  let accepted = 0;
  let answered = 0;
  const each = (datagram: Buffer, round: number): void => {
    let answer: Buffer | undefined;
    costs.take(
      () => {
        answer = stack.handle(datagram);
      },
      () => `message ${round}, ${quoted(datagram)}`,
    );
    if (stack.failures.length > 0)
      assert.deepEqual(stack.failures, [], `message ${round}, ${quoted(datagram)}`);
    if (answer === undefined) return;
    if (parseMessage(datagram).ok) accepted += 1;
    else answered += 1;
  };
  const growthMb = await growthOver(t, DATAGRAMS, SEED, each, stack);
  await stack.end();
  assert.deepEqual(stack.kept, NOTHING_KEPT);
  t.diagnostic(`${DATAGRAMS} datagrams: ${accepted} accepted, ${answered} refused, the others dropped`);
  t.diagnostic(`${costs}`);
  assert.ok(
    accepted > DATAGRAMS / 20 && answered > DATAGRAMS / 20,
    'the mutator breaks neither all nor nothing',
  );
  assert.ok(costs.percentileUs < CPU_LIMIT_US);
  assert.ok(growthMb < GROWTH_LIMIT_MB, `${growthMb} MB more`);
});

test(`mutated messages in a quarter of a million cut streams end in messages or one error each (seed ${SEED + 1})`, async (t) => {
  const random = seededRandom(SEED + 2);
  const costs = new Costs();
  const seen = { message: 0, ping: 0, error: 0 };
  const growthMb = await growthOver(t, STREAMS, SEED + 1, (mutated, round) => {
    const sound = SOUND[round % SOUND.length] ?? Buffer.alloc(0);
    const stream = Buffer.concat([sound, mutated]);
    const chunk = Math.ceil(stream.length / (1 + Math.floor(random() * MOST_CHUNKS)));
    let kinds: (keyof typeof seen)[] = [];
    costs.take(
      () => {
        kinds = framed(stream, chunk);
      },
      () => `stream ${round} in chunks of ${chunk}, ${quoted(stream)}`,
    );
    for (const kind of kinds) seen[kind] += 1;
    assert.equal(kinds[0], 'message', `the sound one comes through: stream ${round}`);
    const error = kinds.indexOf('error');
    assert.ok(error < 0 || error === kinds.length - 1, `nothing comes after an error: stream ${round}`);
  });
  t.diagnostic(`${STREAMS} streams: ${seen.message} messages, ${seen.error} errors, ${seen.ping} pings`);
  t.diagnostic(`${costs}`);
  assert.ok(seen.message > STREAMS * 1.05 && seen.error > STREAMS / 20, JSON.stringify(seen));
  assert.ok(costs.percentileUs < CPU_LIMIT_US);
  assert.ok(growthMb < GROWTH_LIMIT_MB, `${growthMb} MB more`);
});

/** What a connection makes of a stream that comes in chunks; each message is handled. */
function framed(stream: Buffer, chunk: number): ('message' | 'ping' | 'error')[] {
  const framer = new StreamFramer();
  const kinds: ('message' | 'ping' | 'error')[] = [];
  for (let at = 0; at < stream.length; at += chunk) {
    for (const event of framer.push(stream.subarray(at, at + chunk))) {
      kinds.push(event.kind);
      if (event.kind === 'message') handle(Buffer.from(event.bytes));
    }
  }
  return kinds;
}
