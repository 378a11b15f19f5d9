import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { withHearing } from '../support/hearing.ts';
import { type CallView, type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, scripted } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

const CALLS = 20;
const HEARING_PROCESSES = 2;
const HOURS = 'We are open from seven to six.';
/** Twenty questions wait for two processes on a machine that others use too. */
const ANSWER_LIMIT_MS = 60_000;

let exchange: RunningExchange;
let phone: TestPhone;

before(async () => {
  exchange = await startExchange({ OFFHOOK_HEARING_PROCESSES: String(HEARING_PROCESSES) });
  phone = await openTestPhone();
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

/** Processes of pocketsphinx that descend from this one. */
async function hearingProcesses(): Promise<number> {
  const parents = new Map<number, { parent: number; name: string }>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => ''); // it may end meanwhile
    const match = /^\d+ \((.*)\) \S (\d+)/.exec(stat);
    if (match) parents.set(Number(entry), { name: match[1] ?? '', parent: Number(match[2]) });
  }
  const isOurs = (pid: number): boolean => {
    for (let at = parents.get(pid); at; at = parents.get(at.parent))
      if (at.parent === process.pid) return true;
    return false;
  };
  return [...parents].filter(([pid, { name }]) => name.startsWith('pocketsphinx') && isOurs(pid)).length;
}

test(
  'twenty callers at once are all answered, heard and recorded, each in his own call',
  await withHearing(),
  async () => {
    const { numberId } = await exchange.numberWith(
      'busy',
      assistant({
        firstMessage: 'Hello number {{line}}.',
        model: scripted(`Opening hours: ${HOURS}`),
        silenceTimeoutSeconds: 120,
      }),
    );
    const peak = { calls: 0, processes: 0 };
    const watch = async () => {
      peak.calls = Math.max(peak.calls, exchange.offhook.activeCalls);
      peak.processes = Math.max(peak.processes, await hearingProcesses());
    };
    const conversation = async (line: number) => {
      const call = await phone.dial(exchange.uri('busy'), {
        from: `sip:+1415555${String(100 + line).padStart(4, '0')}@127.0.0.1`,
        headers: [{ name: 'X-Line', value: String(line) }],
      });
      await call.answered;
      await call.nextSpurt(20_000);
      const answer = call.nextSpurt(ANSWER_LIMIT_MS);
      await phone.say(call, 'What are your opening hours?');
      await answer;
      await watch();
      await until('all twenty are up', () => peak.calls === CALLS, ANSWER_LIMIT_MS);
      await call.hangup();
    };
    const watching = setInterval(() => void watch(), 250);
    try {
      await Promise.all(Array.from({ length: CALLS }, (_, line) => conversation(line)));
    } finally {
      clearInterval(watching);
    }
    assert.equal(peak.calls, CALLS);
    assert.ok(
      peak.processes >= 1 && peak.processes <= HEARING_PROCESSES,
      `${peak.processes} processes listened`,
    );

    const records = await until('twenty records', async () => {
      const calls = await exchange.api<CallView[]>('GET', `/call?phoneNumberId=${numberId}&limit=100`);
      return calls.every(({ status }) => status === 'ended') && calls;
    });
    assert.equal(records.length, CALLS);
    const lines = new Set<number>();
    for (const { endedReason, customer, artifact } of records) {
      assert.equal(endedReason, 'customer-ended-call');
      const [greeting, question, answer, ...more] = artifact.messages;
      const line = Number(/^Hello number (\d+)\.$/.exec(greeting?.message ?? '')?.[1]);
      lines.add(line);
      assert.equal(
        customer?.number,
        `+1415555${String(100 + line).padStart(4, '0')}`,
        'the record of this caller',
      );
      assert.match(question?.message ?? '', /opening hours/i);
      assert.equal(answer?.message, HOURS);
      assert.deepEqual(more, []);
      assert.ok(artifact.stereoRecordingUrl);
    }
    assert.equal(lines.size, CALLS);
  },
);
