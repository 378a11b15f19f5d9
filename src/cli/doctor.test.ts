import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CERT_PATH, KEY_PATH } from '../../test/support/test-certificate.ts';
import { loadConfig } from '../config/load-config.ts';
import { type DoctorParts, examine, type Finding, render } from './doctor.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'offhook-doctor-'));
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));

const healthy: DoctorParts = {
  hearing: async () => ({ ok: true }),
  speaking: async () => 42.4,
  now: () => Date.UTC(2030, 0, 1),
  postgres: async () => {},
  exchangeAt: async () => false,
  priority: () => undefined,
};

function settings(given: Record<string, string> = {}) {
  return loadConfig({
    OFFHOOK_BIND: '127.0.0.1',
    OFFHOOK_HTTP_PORT: '0',
    OFFHOOK_SIP_PORT: '0',
    OFFHOOK_DATA_DIR: dataDir,
    ...given,
  });
}

function about(findings: Finding[], words: RegExp): Finding {
  const found = findings.filter(({ what }) => words.test(what));
  assert.equal(found.length, 1, `${words} in:\n${render(findings).join('\n')}`);
  return found[0] as Finding;
}

test('on a good machine everything is named and nothing is a problem', async () => {
  const findings = await examine(settings({ OFFHOOK_PUBLIC_HOST: 'pbx.example.org' }), healthy);
  assert.deepEqual(
    findings.filter(({ state }) => state === 'problem'),
    [],
  );
  for (const words of [
    /^Node v/,
    /^TCP .*\(HTTP\) is free/,
    /^TCP .*\(SIP\) is free/,
    /^UDP .*\(SIP\) is free/,
    /^RTP ports 40000-49999: room for 5000 calls/,
    /open files/,
    /audio goes before all else/,
    /addresses of this machine/,
    /SDP and Contact name pbx\.example\.org/,
    /data folder .* is writable; room for \d+ hours/,
    /SQLite/,
    /pocketsphinx is installed/,
    /one sentence in 42 ms/,
  ])
    about(findings, words);
});

test('what keeps audio from its priority is a warning with its cure', async () => {
  const findings = await examine(settings(), { ...healthy, priority: () => 'permission denied' });
  const finding = about(findings, /no priority over other programs \(permission denied\)/);
  assert.equal(finding.state, 'warning');
  assert.match(finding.cure ?? '', /LimitNICE=-11/);
});

test('a port held by another program is a problem with its cure', async () => {
  const tcp = createServer().listen(0, '127.0.0.1');
  const udp = createSocket('udp4').bind(0, '127.0.0.1');
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')]);
  try {
    const given = settings({
      OFFHOOK_HTTP_PORT: String((tcp.address() as AddressInfo).port),
      OFFHOOK_SIP_PORT: String(udp.address().port),
    });
    const findings = await examine(given, healthy);
    const http = about(findings, /\(HTTP\)/);
    assert.equal(http.state, 'problem');
    assert.match(http.what, /in use by another program/);
    assert.match(http.cure ?? '', /set OFFHOOK_HTTP_PORT to a free port/);
    assert.match(about(findings, /^UDP/).cure ?? '', /set OFFHOOK_SIP_PORT to a free port/);
  } finally {
    tcp.close();
    udp.close();
  }
});

test('the port of TLS is looked at where TLS is on, with its certificate', async () => {
  const tcp = createServer().listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const sips = String((tcp.address() as AddressInfo).port);
  try {
    const files = { OFFHOOK_TLS_CERT: CERT_PATH, OFFHOOK_TLS_KEY: KEY_PATH };
    const findings = await examine(settings({ ...files, OFFHOOK_SIPS_PORT: sips }), healthy);
    const port = about(findings, /\(SIP over TLS\)/);
    assert.equal(port.state, 'problem');
    assert.match(port.cure ?? '', /set OFFHOOK_SIPS_PORT to a free port/);
    about(findings, /CN=exchange\.test\) is valid until 2120/);
    const off = await examine(settings({ OFFHOOK_SIPS_PORT: sips }), healthy);
    about(off, /SIP over TLS is off/);
    assert.deepEqual(
      off.filter(({ state }) => state === 'problem'),
      [],
    );
  } finally {
    tcp.close();
  }
});

test('ports held by a running exchange are as they should be', async () => {
  const asked: string[] = [];
  const exchangeAt = async (url: string) => asked.push(url) > 0;
  const findings = await examine(settings({ OFFHOOK_BIND: '0.0.0.0', OFFHOOK_HTTP_PORT: '3000' }), {
    ...healthy,
    exchangeAt,
  });
  assert.deepEqual(asked, ['http://127.0.0.1:3000']);
  assert.equal(about(findings, /an exchange answers at/).state, 'ok');
});

test('an address that the machine does not have points at OFFHOOK_BIND', async () => {
  const findings = await examine(settings({ OFFHOOK_BIND: '203.0.113.9' }), healthy);
  const port = about(findings, /\(HTTP\)/);
  assert.equal(port.state, 'problem');
  assert.match(port.cure ?? '', /OFFHOOK_BIND/);
});

test('a data folder that cannot be made is a problem', async () => {
  const file = join(dataDir, 'file');
  writeFileSync(file, '');
  const findings = await examine(settings({ OFFHOOK_DATA_DIR: join(file, 'below') }), healthy);
  const folder = about(findings, /^the data folder/);
  assert.equal(folder.state, 'problem');
  assert.match(folder.cure ?? '', /OFFHOOK_DATA_DIR/);
});

test('PostgreSQL that does not answer is a problem, told without its password', async () => {
  const url = 'postgres://offhook:hunter2-hunter2@127.0.0.1:1/offhook';
  const reached: string[] = [];
  const postgres = async (given: string) => {
    reached.push(given);
    throw new Error('PostgreSQL (127.0.0.1:1) cannot be used: connect ECONNREFUSED.');
  };
  const findings = await examine(settings({ OFFHOOK_DATABASE_URL: url }), { ...healthy, postgres });
  assert.deepEqual(reached, [url]);
  assert.match(about(findings, /^PostgreSQL/).cure ?? '', /OFFHOOK_DATABASE_URL/);
  assert.doesNotMatch(render(findings).join('\n'), /hunter2/);
});

test('missing ears warn with the packages to install, a broken voice is a problem', async () => {
  const findings = await examine(settings(), {
    ...healthy,
    hearing: async () => ({ ok: false, missing: ['pocketsphinx'] }),
    speaking: async () => {
      throw new Error('no wasm');
    },
  });
  const hearing = about(findings, /offline hearing is missing: pocketsphinx/);
  assert.equal(hearing.state, 'warning');
  assert.match(hearing.cure ?? '', /apt-get install pocketsphinx pocketsphinx-en-us/);
  assert.equal(about(findings, /offline voice does not work: no wasm/).state, 'problem');
});

test('each finding is one line, with its cure indented below it', () => {
  const lines = render([
    { state: 'ok', what: 'this' },
    { state: 'problem', what: 'that', cure: 'do so' },
  ]);
  assert.deepEqual(lines, ['ok       this', 'PROBLEM  that', '         do so']);
});
