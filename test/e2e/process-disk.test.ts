import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { withHearing } from '../support/hearing.ts';
import type { CallView } from '../support/running-exchange.ts';
import {
  openProcessHouse,
  type ProcessHouse,
  plainLines,
  type ServerProcess,
} from '../support/server-process.ts';
import { assistant, scripted } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

/** Room for the store and some seconds of recording; the rest is soon filled. */
const DISK_SIZE = '24m';
const GREETING = 'Hello, this is the bakery.';
const HOURS = 'We are open from seven to six.';
const PAGE_BYTES = 4_096;
const ERROR_LEVEL = 50;
const END_LIMIT_MS = 40_000;

/** What mount says to whom it is not allowed: nobody but root, nor the root of some containers. */
const NOT_ALLOWED = /must be superuser|permission denied|not permitted/i;

/** A disk of its own, small enough to be filled. */
interface SmallDisk {
  path: string;
  fill(): Promise<void>;
  free(): Promise<void>;
  remove(): Promise<void>;
}

/** @returns why there is none; in CI, where nothing may be left out, that is thrown. */
async function mountSmallDisk(): Promise<SmallDisk | string> {
  const path = await mkdtemp(join(tmpdir(), 'offhook-disk-'));
  try {
    const args = ['-t', 'tmpfs', '-o', `size=${DISK_SIZE}`, 'tmpfs', path];
    execFileSync('mount', args, { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } });
  } catch (error) {
    await rm(path, { recursive: true });
    const said = String((error as { stderr?: Buffer | null }).stderr);
    if (process.env.CI === 'true' || !NOT_ALLOWED.test(said)) throw error;
    return 'a disk to fill can be mounted by root only';
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    async fill() {
      const file = await open(ballast, 'a');
      try {
        for (;;) await file.write(Buffer.alloc(PAGE_BYTES));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      } finally {
        await file.close();
      }
    },
    free: () => rm(ballast),
    async remove() {
      execFileSync('umount', ['-l', path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}

const disk = await mountSmallDisk();
const skip = typeof disk === 'string' ? disk : ((await withHearing()).skip ?? false);

let phone: TestPhone;
let house: ProcessHouse;

before(async () => {
  phone = await openTestPhone();
});
after(async () => {
  await phone.close();
  if (typeof disk !== 'string') await disk.remove();
});
beforeEach(async () => {
  house = await openProcessHouse(typeof disk === 'string' ? undefined : join(disk.path, 'data'));
});
afterEach(() => house.close());

function smallDisk(): SmallDisk {
  if (typeof disk === 'string') throw new Error(disk);
  return disk;
}

async function bakery(server: ServerProcess, user: string): Promise<string> {
  const agent = assistant({ firstMessage: GREETING, model: scripted(`Opening hours: ${HOURS}`) });
  const made = await server.api('POST', '/assistant', agent);
  const { id: assistantId } = made.body as { id: string };
  const body = { provider: 'vapi', sipUri: `sip:${user}@sip.vapi.ai`, assistantId };
  const number = await server.api('POST', '/phone-number', body);
  assert.equal(number.status, 201, JSON.stringify(number.body));
  return (number.body as { id: string }).id;
}

async function callsOf(server: ServerProcess, numberId: string): Promise<CallView[]> {
  return (await server.api('GET', `/call?phoneNumberId=${numberId}`)).body as CallView[];
}

/** Asks for the opening hours and checks what is answered. */
async function converse(server: ServerProcess, user: string, beforeAsking = async () => {}): Promise<void> {
  const call = await phone.dial(server.uri(user));
  await call.answered;
  await call.nextSpurt(15_000);
  await beforeAsking();
  const answer = call.nextSpurt(20_000);
  await phone.say(call, 'What are your opening hours?');
  assert.match(await phone.understand(await answer, [GREETING, HOURS]), /open from seven to six/);
  await call.hangup();
}

test('on a full disk calls go on, writes fail loudly, and nothing acknowledged is lost', {
  skip,
}, async () => {
  const server = await house.start();
  const numberId = await bakery(server, 'disk');
  const acknowledged: string[] = [];
  const write = async () => {
    const made = await server.api('POST', '/assistant', { name: 'x'.repeat(30) });
    if (made.status === 201) acknowledged.push((made.body as { id: string }).id);
    return made;
  };
  await write();

  await converse(server, 'disk', () => smallDisk().fill());
  const refused = await until('a refused write', async () => {
    const made = await write();
    return made.status !== 201 && made;
  });
  assert.equal(refused.status, 500);
  assert.deepEqual(refused.body, {
    message: 'The exchange could not read or write its records.',
    error: 'Internal Server Error',
    statusCode: 500,
  });
  assert.equal((await server.api('GET', '/assistant')).status, 200, 'reading goes on');
  await converse(server, 'disk');
  const errors = server.log().filter(({ level }) => level >= ERROR_LEVEL);
  assert.ok(errors.some(({ msg }) => msg === 'storage failed'));
  assert.ok(errors.some(({ msg }) => /call record could not be written/.test(msg)));
  assert.ok(errors.length < 200, `${errors.length} lines do not fill the disk further`);

  await smallDisk().free();
  const calls = await until(
    'the records are completed',
    async () => {
      const found = await callsOf(server, numberId);
      return found.length === 2 && found.every(({ status }) => status === 'ended') && found;
    },
    15_000,
  );
  for (const call of calls) {
    assert.equal(call.endedReason, 'customer-ended-call');
    const said = call.artifact.messages.map(({ message }) => message);
    assert.equal(said[0], GREETING);
    assert.match(said.at(-1) ?? '', /seven to six/);
  }
  await write();
  server.kill('SIGTERM');
  assert.equal((await server.ended).code, 0);

  const again = await house.start();
  for (const id of acknowledged)
    assert.equal((await again.api('GET', `/assistant/${id}`)).status, 200, 'what was acknowledged is there');
  assert.equal((await callsOf(again, numberId)).length, 2);
});

test('a disk that stays full does not keep the exchange from ending', { skip }, async () => {
  const server = await house.start({ OFFHOOK_DRAIN_MS: '0' });
  const numberId = await bakery(server, 'full');
  const call = await phone.dial(server.uri('full'));
  await call.answered;
  await call.nextSpurt(15_000);
  await until(
    'the answer is stored',
    async () => (await callsOf(server, numberId))[0]?.status === 'in-progress',
  );
  await smallDisk().fill();
  const over = call.whenEnded(END_LIMIT_MS);
  server.kill('SIGTERM');
  assert.equal((await over).by, 'peer', 'the caller is told');
  const end = await server.ended;
  assert.equal(end.code, 1, 'the end of a call is not on disk');
  assert.match(plainLines(end.stderr).join('\n'), /^offhook: .*1 call.*could not be stored/);
  await until('nothing left running', () => house.alive().length === 0);

  await smallDisk().free();
  const [record] = await callsOf(await house.start(), numberId);
  assert.equal(record?.status, 'ended');
  assert.equal(record?.endedReason, 'call.in-progress.error-vapifault-worker-died');
});
