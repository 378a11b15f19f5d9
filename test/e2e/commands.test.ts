import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rms } from '../../src/phone/ear.ts';
import { startCustomerServer } from '../support/customer-server.ts';
import { withHearing } from '../support/hearing.ts';
import {
  openProcessHouse,
  PROCESS_KEY,
  type ProcessHouse,
  plainLines,
  type ServerProcess,
} from '../support/server-process.ts';
import { openTestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

const BIN = fileURLToPath(new URL('../../bin/offhook.mjs', import.meta.url));
/** A revoked key may be remembered for this long by a process that did not revoke it. */
const REVOKED_LIMIT_MS = 3_000;
const WAV_HEADER_BYTES = 44;

interface Made {
  id: string;
  status?: string;
}

let house: ProcessHouse;
let server: ServerProcess;
let folder: string;

before(async () => {
  house = await openProcessHouse();
  // The customers' servers of these tests are on this machine.
  server = await house.start({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' });
  folder = await mkdtemp(join(tmpdir(), 'offhook-commands-'));
});
after(async () => {
  await house.close();
  await rm(folder, { recursive: true, force: true });
});

const listAssistants = async (key: string) =>
  (await server.api('GET', '/assistant', undefined, key)).body as Record<string, unknown>[];

const listWith = (key: string) => server.api('GET', '/phone-number', undefined, key);

describe('offhook keys, beside a running exchange', () => {
  test('makes a key of another org that sees nothing of the first, lists it and revokes it', async () => {
    const made = await house.run(['keys', 'create', '--org', 'B', '--name', 'crm']);
    assert.equal(made.code, 0, made.stderr);
    const key = /^(\S+) +\(of org B; shown this once\)$/m.exec(made.stdout)?.[1] ?? '';
    assert.deepEqual(await listWith(key), { status: 200, body: [] });
    const [demo] = (await server.api('GET', '/phone-number')).body as { id: string }[];
    assert.ok(demo, 'the first org has the demo number');
    assert.equal((await server.api('GET', `/phone-number/${demo.id}`, undefined, key)).status, 404);

    const listed = await house.run(['keys', 'list']);
    assert.ok(!listed.stdout.includes(key));
    const row = listed.stdout.split('\n').find((line) => line.includes(' crm ')) ?? '';
    const [prefix = '', org] = row.split(/ +/);
    assert.equal(org, 'B');
    assert.match(row, / active /);

    const revoked = await house.run(['keys', 'revoke', prefix]);
    assert.equal(revoked.stdout, `key ${prefix} is revoked\n`);
    await until('the key is refused', async () => (await listWith(key)).status === 401, REVOKED_LIMIT_MS);
    assert.match((await house.run(['keys', 'list'])).stdout, / crm .* revoked \d{4}-/);
    const again = await house.run(['keys', 'revoke', prefix]);
    assert.equal(again.code, 1);
    assert.deepEqual(plainLines(again.stderr), [`offhook: no active key has the id or prefix ${prefix}`]);
  });
});

describe('offhook events, beside a running exchange', () => {
  test('lists what a server would not take, shows it, and sends it again under its id', async (t) => {
    const customer = await startCustomerServer({ '*': { status: 500 } });
    t.after(() => customer.close());
    const number = await server.api('POST', '/phone-number', {
      provider: 'vapi',
      sipUri: 'sip:events@sip.vapi.ai',
      server: { url: customer.url },
    });
    assert.equal(number.status, 201);
    const phone = await openTestPhone();
    t.after(() => phone.close());
    const call = await phone.dial(server.uri('events'));
    await call.answered;
    await call.hangup();
    const reports = async (status: string) => {
      const path = `/admin/deliveries?type=end-of-call-report&status=${status}`;
      return ((await server.api('GET', path)).body as { items: unknown[] }).items.length;
    };
    await until('the report is given up', async () => (await reports('dead')) === 1);
    const { stdout } = await house.run([
      'events',
      'list',
      '--status',
      'dead',
      '--type',
      'end-of-call-report',
    ]);
    const row = stdout.split('\n').find((line) => line.includes(customer.url)) ?? '';
    assert.match(row, / end-of-call-report +dead +1 +500 /);
    const id = row.split(/ +/).at(-1) ?? '';

    const shown = await house.run(['events', 'show', id]);
    assert.match(shown.stdout, /^status +dead$/m);
    const [, body = ''] = /\n\n(\{"message":.*\})\n$/s.exec(shown.stdout) ?? [];
    assert.equal(JSON.parse(body).message.endedReason, 'customer-ended-call');

    customer.answer('*', { json: {} });
    const again = await house.run(['events', 'replay', id]);
    assert.equal(again.stdout, `${id} is sent again\n`);
    const [, second] = await until('it has come again', async () => {
      const told = customer.all('end-of-call-report');
      return told.length === 2 && told;
    });
    assert.deepEqual([second?.headers['webhook-id'], second?.body], [id, body]);
    await until('it is delivered', async () => (await reports('delivered')) === 1);
  });
});

describe('offhook secrets', () => {
  test('puts the secrets under a new key, with which the next start finds them', async (t) => {
    const own = await openProcessHouse();
    t.after(() => own.close());
    const first = await own.start();
    const credential = { provider: 'webhook', authenticationPlan: { type: 'bearer', token: 'hush' } };
    const { body: made } = await first.api('POST', '/credential', credential);
    const busy = await own.run(['secrets', 'rotate']);
    assert.equal(busy.code, 1, 'not while an exchange uses the data');
    first.kill('SIGTERM');
    await first.ended;

    const keyFile = join(own.dataDir, 'secret.key');
    const oldKey = await readFile(keyFile, 'utf8');
    const rotated = await own.run(['secrets', 'rotate']);
    assert.equal(rotated.code, 0, rotated.stderr);
    const [done = '', kept = '', old = ''] = rotated.stdout.split('\n');
    assert.match(done, /^[1-9]\d* records? (is|are) under the new secret key$/);
    assert.equal(kept, `the new key is in ${keyFile}: keep a copy`);
    const oldFile = /^the old key is in (\S+): /.exec(old)?.[1] ?? '';
    assert.equal(await readFile(oldFile, 'utf8'), oldKey);
    assert.notEqual(await readFile(keyFile, 'utf8'), oldKey);

    const next = await own.start();
    const { id } = made as Made;
    assert.deepEqual(await next.api('GET', `/credential/${id}`), { status: 200, body: made });
    next.kill('SIGTERM');
    assert.equal((await next.ended).code, 0);
  });
});

describe('offhook import, beside a running exchange', () => {
  test('brings what another org holds, a second time without twins, and tells a wrong key in one line', async () => {
    const made = await server.api('POST', '/assistant', { name: 'Moved', firstMessage: 'Hello.' });
    assert.equal(made.status, 201);
    const { stdout: key } = await house.run(['keys', 'create', '--org', 'New house']);
    const args = ['import', 'vapi', '--base-url', server.httpUrl, '--to', server.httpUrl];
    const keys = ['--key', PROCESS_KEY, '--to-key', key.split(' ', 1)[0] ?? ''];
    const first = await house.run([...args, ...keys]);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^assistant +Moved +created +[0-9a-f-]{36} /m);
    // A SIP URI is one for the whole exchange, and the first org has it.
    assert.match(first.stdout, /^number +sip:demo@\S+ +left .*\n {4}.*refused it: 400 Bad Request: /m);
    const [moved] = (await listAssistants(keys[3] ?? '')).filter(({ name }) => name === 'Moved');
    assert.equal(moved?.firstMessage, 'Hello.');

    const second = await house.run([...args, ...keys]);
    assert.match(second.stdout, /^assistant +Moved +unchanged /m);
    assert.match(second.stdout, /^0 created, 0 updated, /m);
    const wrong = await house.run([...args, '--key', 'wrong', ...keys.slice(2)]);
    assert.equal(wrong.code, 1);
    assert.deepEqual(plainLines(wrong.stderr).length, 1);
    assert.match(wrong.stderr, /^offhook: http:\S+ answers 401 Unauthorized: Invalid Key/);
  });
});

describe('offhook doctor', () => {
  test('names everything that it has looked at, and exits with 0 beside the exchange', async () => {
    const ports = {
      OFFHOOK_HTTP_PORT: new URL(server.httpUrl).port,
      OFFHOOK_SIP_PORT: String(server.sipPort),
      OFFHOOK_PUBLIC_HOST: 'pbx.example.org',
    };
    const { code, stdout, stderr } = await house.run(['doctor'], ports);
    assert.equal(code, 0, stderr);
    for (const words of [
      /^ok +Node v24/m,
      /^ok +an exchange answers at http:\/\/127\.0\.0\.1:\d+/m,
      /^ok +RTP ports 40000-49999/m,
      /open files: \d+/,
      /^ok +addresses of this machine: /m,
      /^ok +SDP and Contact name pbx\.example\.org$/m,
      /data folder \S+ is writable/,
      /^ok +records are kept in SQLite/m,
      /offline hearing/,
      /^ok +offline voice: one sentence in \d+ ms$/m,
    ])
      assert.match(stdout, words);
  });

  test('says what to do about a port that another program holds, and exits with 1', async () => {
    const holder = createSocket('udp4').bind(0, '127.0.0.1');
    await once(holder, 'listening');
    try {
      const sip = String(holder.address().port);
      const { code, stdout, stderr } = await house.run(['doctor'], { OFFHOOK_SIP_PORT: sip });
      assert.equal(code, 1);
      assert.match(
        stdout,
        /^PROBLEM +UDP 127\.0\.0\.1:\d+ \(SIP\) is in use by another program\n +end what uses it, or set OFFHOOK_SIP_PORT/m,
      );
      assert.deepEqual(plainLines(stderr), ['offhook: 1 problem found']);
    } finally {
      holder.close();
    }
  });
});

describe('offhook call', () => {
  test('speaks to a running exchange, prints the conversation and its figures, and saves both voices', async (t) => {
    const { skip } = await withHearing();
    if (skip) return t.skip(skip);
    const wav = join(folder, 'call.wav');
    const question = 'What are your opening hours?';
    const { code, stdout, stderr } = await house.run([
      'call',
      server.uri('demo'),
      '--say',
      question,
      '--wav',
      wav,
    ]);
    assert.equal(code, 0, stderr);
    const lines = stdout.split('\n');
    const at = (words: RegExp) => {
      const index = lines.findIndex((line) => words.test(line));
      assert.ok(index >= 0, `${words} in:\n${stdout}`);
      return index;
    };
    assert.ok(at(/^answered after \d+ ms$/) < at(/^ {2}agent .*bakery/i), 'the greeting');
    assert.ok(at(/^ {2}agent .*bakery/i) < at(/^ {2}you +What are your opening hours\?$/));
    assert.ok(
      at(/^ {2}you /) < at(/^ {2}agent .*(monday|friday|seven|six|saturday).*\[\d+ ms\]$/i),
      'the answer',
    );
    const [, latency] = /^latency +(\d+) ms +\(/m.exec(stdout) ?? [];
    assert.ok(Number(latency) > 0 && Number(latency) < 10_000, `a latency that can be: ${latency}`);
    const [, packets, loss, jitter] =
      /^network +(\d+) packets, loss ([\d.]+) %, jitter ([\d.]+) ms$/m.exec(stdout) ?? [];
    assert.ok(Number(packets) > 100);
    assert.ok(Number(loss) < 5, `loss ${loss}`);
    assert.ok(Number(jitter) < 50, `jitter ${jitter}`);

    const file = await readFile(wav);
    assert.equal(file.readUInt16LE(22), 2, 'stereo');
    assert.equal(file.readUInt32LE(24), 8_000, 'Hz');
    const frames = (file.length - WAV_HEADER_BYTES) >> 2;
    const channel = (index: number) =>
      Int16Array.from({ length: frames }, (_, at) => file.readInt16LE(WAV_HEADER_BYTES + at * 4 + index * 2));
    const [left, right] = [channel(0), channel(1)];
    // The agent greets first: only its side, the right one, holds speech in the beginning.
    const greeting = frames >> 3;
    assert.ok(rms(right.subarray(0, greeting)) > 200, 'the agent is on the right');
    assert.ok(rms(left.subarray(0, greeting)) < 50, 'the caller is silent while the agent greets');
    assert.ok(rms(left) > 200, 'the caller is on the left');
  });

  test('calls a number of a trunk as the trunk does, where this machine is a gateway of it', async () => {
    const make = async (path: string, body: object) => (await server.api('POST', path, body)).body as Made;
    const gateways = [{ ip: '127.0.0.1', outboundEnabled: false }];
    const { id: credentialId } = await make('/credential', { provider: 'byo-sip-trunk', gateways });
    const [demo] = (await server.api('GET', '/phone-number')).body as { assistantId: string }[];
    const number = { provider: 'byo-phone-number', credentialId, number: '+14155550100' };
    const { id } = await make('/phone-number', { ...number, assistantId: demo?.assistantId });
    await until('the number is active', async () => {
      return ((await server.api('GET', `/phone-number/${id}`)).body as Made).status === 'active';
    });
    const wav = join(folder, 'trunk.wav');
    const { code, stdout, stderr } = await house.run(['call', server.uri('+14155550100'), '--wav', wav]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ {2}agent /m);
    const { callsIn } = (await server.api('GET', `/admin/trunks/${credentialId}`)).body as {
      callsIn: number;
    };
    assert.equal(callsIn, 1);
  });

  test('says in one line why there was no call', async () => {
    const closed = createSocket('udp4').bind(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address();
    closed.close();
    await once(closed, 'close');
    const cases: [string[], RegExp][] = [
      [
        [`sip:demo@127.0.0.1:${port}`],
        /nothing answers at sip:demo@.*: is the exchange running \(npm start\)/,
      ],
      [[`sip:demo@127.0.0.1:${port}`, '--tcp'], /ECONNREFUSED/],
      [[server.uri('nobody')], /sip:nobody@\S+ did not answer: there is no such number \(SIP 404\)/],
      [['demo'], /demo is no SIP URI such as sip:demo@127\.0\.0\.1:5060/],
      [['sip:a@127.0.0.1', '--shout', 'x'], /Unknown option '--shout'/],
      [['sip:a@127.0.0.1', '--press', 'x'], /--press takes 0-9/],
      [['sip:a@127.0.0.1', '--user', 'x'], /--user and --password go together/],
      [['sip:a@127.0.0.1', '--header', 'nonsense'], /--header nonsense is not "Name: value"/],
    ];
    for (const [args, line] of cases) {
      const { code, stderr } = await house.run(['call', ...args]);
      assert.equal(code, 1, args.join(' '));
      assert.equal(plainLines(stderr).length, 1, stderr);
      assert.match(plainLines(stderr)[0] ?? '', line);
    }
  });
});

describe('offhook', () => {
  test('helps, and says what it did not understand', async () => {
    const help = await house.run(['--help']);
    assert.equal(help.code, 0);
    for (const command of ['serve', 'doctor', 'keys', 'events', 'secrets', 'import', 'call', 'config'])
      assert.match(help.stdout, new RegExp(`^ {2}offhook ${command} `, 'm'));
    for (const command of ['keys', 'events', 'secrets', 'import', 'call']) {
      const { code, stdout } = await house.run([command, '--help']);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^usage: offhook ${command} `));
    }
    const cases: [string[], RegExp][] = [
      [['frob'], /^offhook: there is no command frob; offhook --help lists them$/],
      [['serve', 'now'], /^offhook: serve takes nothing after it, not now/],
    ];
    for (const [args, line] of cases) {
      const { code, stderr } = await house.run(args);
      assert.equal(code, 1);
      assert.match(stderr.trim(), line);
    }
  });

  test('shows the settings in force, without secrets', async () => {
    const { stdout } = await house.run(['config'], { OFFHOOK_SECRET_KEY: 'a secret of many letters' });
    assert.match(stdout, /^OFFHOOK_BIND="127\.0\.0\.1"$/m);
    assert.match(stdout, /^OFFHOOK_SECRET_KEY=set$/m);
    assert.doesNotMatch(stdout, /many letters|process-key/);
  });

  test('runs from any folder on whatever Node the system has', async () => {
    const system = spawn('node', [BIN, 'keys', '--help'], {
      cwd: folder,
      env: {
        PATH: (process.env.PATH ?? '')
          .split(':')
          .filter((part) => !part.includes('node_modules'))
          .join(':'),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    system.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const [code] = (await once(system, 'close')) as [number | null];
    assert.equal(code, 0);
    assert.match(stdout, /^usage: offhook keys create/);
  });
});
