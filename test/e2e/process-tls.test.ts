import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openProcessHouse, type ProcessHouse, plainLines } from '../support/server-process.ts';
import { CA_PATH, CERT_PATH, KEY_PATH } from '../support/test-certificate.ts';

const FILES = { OFFHOOK_TLS_CERT: CERT_PATH, OFFHOOK_TLS_KEY: KEY_PATH };

let house: ProcessHouse;

before(async () => {
  house = await openProcessHouse();
});
after(() => house.close());

describe('a start with TLS is refused in one line', () => {
  async function refused(settings: Record<string, string>, line: RegExp): Promise<void> {
    const end = await house.startRefused(settings);
    const lines = plainLines(end.stderr);
    assert.equal(lines.length, 1, end.stderr);
    assert.match(lines[0] ?? '', line);
    assert.equal(end.code, 1);
    assert.equal(end.stdout, '');
  }

  test('where the certificate has no key', async () => {
    await refused({ OFFHOOK_TLS_CERT: CERT_PATH }, /^offhook: OFFHOOK_TLS_CERT needs OFFHOOK_TLS_KEY/);
  });

  test('where a file is not there, or is something else', async () => {
    await refused(
      { ...FILES, OFFHOOK_TLS_CERT: '/nowhere.pem' },
      /^offhook: OFFHOOK_TLS_CERT cannot be read/,
    );
    await refused(
      { ...FILES, OFFHOOK_TLS_KEY: CA_PATH },
      /^offhook: OFFHOOK_TLS_KEY: .* no PEM private key$/,
    );
    await refused(
      { ...FILES, OFFHOOK_TLS_CERT: CA_PATH },
      /^offhook: OFFHOOK_TLS_KEY: .* is not the key of the certificate in .*ca\.cert\.pem$/,
    );
  });

  test('where the port is busy', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    try {
      const line = new RegExp(`TCP port ${port} of 127\\.0\\.0\\.1 is in use.*OFFHOOK_SIPS_PORT`);
      await refused({ ...FILES, OFFHOOK_SIPS_PORT: String(port) }, line);
    } finally {
      holder.close();
    }
  });
});

test('an exchange with TLS shows its port, and offhook call reaches it by TLS', async () => {
  const server = await house.start({ ...FILES, OFFHOOK_SIPS_PORT: '0' });
  const port = /^ +SIPS +127\.0\.0\.1:(\d+) \(TLS\)$/m.exec(server.stdout)?.[1];
  assert.ok(port, server.stdout);
  const wav = join(house.dataDir, 'tls.wav');
  const call = ['call', `sip:demo@127.0.0.1:${port}`, '--tls', '--wav', wav, '--say', 'Goodbye.'];
  const made = await house.run([...call, '--ca', CA_PATH]);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /^answered after \d+ ms$/m);
  assert.match(made.stdout, /^network {3}[1-9]\d+ packets/m);
  assert.match(made.stdout, /^audio {5}PCMU, in the clear$/m);
  const secret = await house.run([...call, '--ca', CA_PATH, '--srtp', '--codec', 'opus']);
  assert.match(secret.stdout, /^audio {5}opus, SRTP AES_CM_128_HMAC_SHA1_80$/m, secret.stderr);
  await rm(wav);

  const distrusted = await house.run(call);
  assert.equal(distrusted.code, 1);
  assert.match(distrusted.stderr, /certificate.*--ca FILE/);
  const foreign = await house.run([...call, '--ca', KEY_PATH]);
  assert.match(foreign.stderr, /^offhook: --ca: .*exchange\.key\.pem holds no PEM certificate$/m);
  const plain = await house.run(['call', `sip:demo@127.0.0.1:${port}`, '--tcp']);
  assert.equal(plain.code, 1);
  for (const words of [['--tcp', '--tls'], ['--ca', CA_PATH], ['--srtp']]) {
    const end = await house.run(['call', 'sip:demo@127.0.0.1', ...words]);
    assert.equal(end.code, 1);
    assert.match(end.stderr, /^offhook: --(tcp|ca|srtp) is /);
  }
});
