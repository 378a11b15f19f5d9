import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  logLines,
  openProcessHouse,
  PROCESS_KEY,
  type ProcessEnd,
  type ProcessHouse,
  plainLines,
} from '../support/server-process.ts';
import { until } from '../support/until.ts';

/** The aim is 2 s on a machine of its own; here others work beside. */
const READY_LIMIT_MS = 8_000;
const GONE_LIMIT_MS = 5_000;
/** Level of an error in the log (pino). */
const ERROR_LEVEL = 50;

let house: ProcessHouse;
beforeEach(async () => {
  house = await openProcessHouse();
});
afterEach(() => house.close());

async function listen(): Promise<[Server, number]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [server, (server.address() as AddressInfo).port];
}

/** Ports that were free a moment ago. */
async function freePort(): Promise<number> {
  const [server, port] = await listen();
  server.close();
  await once(server, 'close');
  return port;
}

describe('a start', () => {
  test('is ready soon after the process begins, and never says so before', async (t) => {
    const port = await freePort();
    const beganAt = performance.now();
    const starting = house.start({ OFFHOOK_HTTP_PORT: String(port) });
    const seen = new Set<string>();
    await until(
      'health',
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
        if (!answer) return false;
        seen.add(`${answer.status} ${await answer.text()}`);
        return answer.status === 200;
      },
      READY_LIMIT_MS,
    );
    const readyAfterMs = performance.now() - beganAt;
    t.diagnostic(`ready ${readyAfterMs.toFixed(0)} ms after process start (aim: 2000 ms)`);
    assert.ok(readyAfterMs < READY_LIMIT_MS);
    const answers = [...seen];
    assert.equal(answers.pop(), '200 {"status":"ok"}');
    for (const early of answers) assert.equal(early, '503 {"status":"starting"}');
    const server = await starting;
    assert.deepEqual(
      server.log().filter(({ level }) => level >= ERROR_LEVEL),
      [],
    );
  });

  test('ends with a screen from which a newcomer can go on', async () => {
    const settings = { OFFHOOK_API_KEY: '' };
    const server = await house.start(settings);
    const { stdout, httpUrl, sipPort } = server;
    const key = /^ +API key +(\S{32,}) +\(shown this once/m.exec(stdout)?.[1] ?? '';
    assert.ok(key, stdout);
    assert.match(stdout, new RegExp(`Demo number: sip:demo@127\\.0\\.0\\.1:${sipPort} `));
    assert.match(
      stdout,
      new RegExp(
        `npm run call -- sip:demo@127\\.0\\.0\\.1:${sipPort} --say "What are your opening hours\\?"`,
      ),
    );
    for (const part of ['Store', 'Hears', 'Thinks', 'Speaks'])
      assert.match(stdout, new RegExp(`^ +${part} +\\S+`, 'm'));

    const [, header = '', url = ''] = /curl -H "Authorization: (.*)" (\S+)/.exec(stdout) ?? [];
    assert.equal(url, `${httpUrl}/phone-number`);
    const listed = await fetch(url, { headers: { authorization: header } });
    assert.equal(listed.status, 200);
    const numbers = (await listed.json()) as { name: string; sipUri: string }[];
    assert.deepEqual(
      numbers.map(({ name }) => name),
      ['Demo number'],
    );
    assert.ok(!server.stderr.includes(key), 'the key is not in the log');

    server.kill('SIGTERM');
    await server.ended;
    const again = await house.start(settings);
    assert.ok(!again.stdout.includes(key), 'the key is shown once');
    assert.match(again.stdout, /API key +as before .*offhook keys create/);
    const still = await fetch(`${again.httpUrl}/phone-number`, { headers: { authorization: header } });
    assert.equal(
      ((await still.json()) as unknown[]).length,
      1,
      'the key still works and the demo is not doubled',
    );
  });
});

describe('a start that cannot succeed says why in one line, ends with 1 and leaves nothing running', () => {
  async function refused(settings: Record<string, string>, line: RegExp): Promise<ProcessEnd> {
    const end = await house.startRefused(settings);
    const lines = plainLines(end.stderr);
    assert.equal(lines.length, 1, end.stderr);
    assert.match(lines[0] ?? '', /^offhook: /);
    assert.match(lines[0] ?? '', line);
    assert.deepEqual(
      logLines(end.stderr).filter(({ level }) => level >= ERROR_LEVEL),
      [],
    );
    assert.equal(end.code, 1);
    assert.equal(end.stdout, '');
    await until('nothing left running', () => house.alive().length === 0, GONE_LIMIT_MS);
    return end;
  }

  test('bad values and names of settings', async () => {
    await refused({ OFFHOOK_HTTP_PORT: 'abc' }, /OFFHOOK_HTTP_PORT must be a whole number from 0 to 65535$/);
    await refused(
      { OFFHOOK_HTTP_PROT: '1', OFFHOOK_RTP_PORTS: '9-5' },
      /OFFHOOK_HTTP_PROT is not a setting; OFFHOOK_RTP_PORTS must rise/,
    );
    await refused({ OFFHOOK_EGRESS_ALLOW: 'intranet' }, /OFFHOOK_EGRESS_ALLOW .*"intranet" is not a network/);
    await refused(
      { OFFHOOK_TRUSTED_PROXIES: '10.0.0.0/40' },
      /OFFHOOK_TRUSTED_PROXIES .*"10\.0\.0\.0\/40" is not a network/,
    );
    await refused({ OFFHOOK_BIND: 'nonsense' }, /OFFHOOK_BIND must be an IP address of this machine/);
    await refused({ OFFHOOK_CONFIG: '/nowhere/offhook.env' }, /OFFHOOK_CONFIG cannot be read/);
  });

  test('an address that the machine does not have', async () => {
    await refused({ OFFHOOK_BIND: '203.0.113.9' }, /no address 203\.0\.113\.9: set OFFHOOK_BIND/);
  });

  test('a busy HTTP port, without spending the first key', async () => {
    const [holder, port] = await listen();
    try {
      const line = new RegExp(`TCP port ${port} of 127\\.0\\.0\\.1 is in use.*OFFHOOK_HTTP_PORT`);
      await refused({ OFFHOOK_HTTP_PORT: String(port), OFFHOOK_API_KEY: '' }, line);
    } finally {
      holder.close();
    }
    const server = await house.start({ OFFHOOK_API_KEY: '' });
    assert.match(server.stdout, /shown this once/);
  });

  test('a busy SIP port, over TCP or UDP', async () => {
    const [holder, port] = await listen();
    try {
      const line = new RegExp(`TCP port ${port} of 127\\.0\\.0\\.1 is in use.*OFFHOOK_SIP_PORT`);
      await refused({ OFFHOOK_SIP_PORT: String(port) }, line);
    } finally {
      holder.close();
    }
    const udp = createSocket('udp4').bind(0, '127.0.0.1');
    await once(udp, 'listening');
    try {
      const line = new RegExp(
        `UDP port ${udp.address().port} of 127\\.0\\.0\\.1 is in use.*OFFHOOK_SIP_PORT`,
      );
      await refused({ OFFHOOK_SIP_PORT: String(udp.address().port) }, line);
    } finally {
      udp.close();
    }
  });

  test('a data folder that is none, or that another exchange uses', async () => {
    const file = join(house.dataDir, 'file');
    await writeFile(file, '');
    await refused(
      { OFFHOOK_DATA_DIR: join(file, 'data') },
      /data folder .*file\/data cannot be used: ENOTDIR/,
    );

    const first = await house.start();
    const second = await house.startRefused();
    assert.equal(second.code, 1);
    assert.match(
      plainLines(second.stderr).join('\n'),
      /^offhook: The data folder .* is in use by another exchange/,
    );
    assert.equal((await fetch(`${first.httpUrl}/health`)).status, 200, 'the first is not disturbed');
  });

  test('a lost or wrong secret key, and a damaged database', async () => {
    const server = await house.start();
    server.kill('SIGTERM');
    await server.ended;
    await refused({ OFFHOOK_SECRET_KEY: 'not the key at all' }, /OFFHOOK_SECRET_KEY is not the key/);
    await rm(join(house.dataDir, 'secret.key'));
    await refused(
      {},
      /secret key of this database is missing: set OFFHOOK_SECRET_KEY or put secret\.key back/,
    );
    await writeFile(join(house.dataDir, 'offhook.db'), 'a shopping list, not a database; '.repeat(200));
    await refused({}, /offhook\.db is damaged or no database/);
  });

  test('a PostgreSQL that cannot be reached, without its password', async () => {
    const port = await freePort();
    const url = `postgres://offhook:${PROCESS_KEY}@127.0.0.1:${port}/offhook`;
    const { stderr } = await refused(
      { OFFHOOK_DATABASE_URL: url },
      /PostgreSQL \(127\.0\.0\.1:\d+.*ECONNREFUSED/,
    );
    assert.ok(!stderr.includes(PROCESS_KEY));
  });
});

test('a signal in the middle of a start ends the process and leaves nothing running', async () => {
  const starting = house.startRefused({ OFFHOOK_DRAIN_MS: '0' });
  const [child] = await until('the process', () => {
    const alive = house.alive();
    return alive.length > 0 && alive;
  });
  await sleep(150);
  process.kill(Number(/\((\d+)\)/.exec(child ?? '')?.[1]), 'SIGTERM');
  const end = await starting;
  assert.ok(end.signal === 'SIGTERM' || end.code === 0, JSON.stringify(end));
  assert.deepEqual(plainLines(end.stderr), []);
  await until('nothing left running', () => house.alive().length === 0, GONE_LIMIT_MS);
});
