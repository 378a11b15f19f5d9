import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { getCACertificates } from 'node:tls';
import { CA, CA_PATH, CERT, CERT_PATH, KEY, KEY_PATH } from '../../test/support/test-certificate.ts';
import { ConfigError, loadConfig } from './load-config.ts';
import { readTlsFiles, readTrustedAuthorities } from './tls-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'offhook-tls-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function read(cert: string, key: string) {
  return readTlsFiles(loadConfig({ OFFHOOK_TLS_CERT: cert, OFFHOOK_TLS_KEY: key }));
}

test('TLS is off where neither file is set', () => {
  assert.equal(readTlsFiles(loadConfig({})), undefined);
});

test('a certificate and its key are read, and the key is not shown', () => {
  const files = read(CERT_PATH, KEY_PATH);
  assert.equal(files?.cert, CERT);
  assert.equal(files?.key.reveal(), KEY);
  assert.equal(files?.certificate.subject, 'CN=exchange.test');
  assert.doesNotMatch(JSON.stringify(files), /PRIVATE KEY/);
});

const strange = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const asPem = { type: 'pkcs8', format: 'pem' } as const;
const otherKey = write('other.pem', strange.export(asPem).toString());
const lockedKey = write(
  'locked.pem',
  strange.export({ ...asPem, cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
);
const noPem = write('no.pem', 'not a certificate');
const missing = join(folder, 'missing.pem');

const REFUSED: [string, string, string, RegExp][] = [
  ['a certificate that is not there', missing, KEY_PATH, /^OFFHOOK_TLS_CERT cannot be read: ENOENT.*missing/],
  ['a key that is not there', CERT_PATH, missing, /^OFFHOOK_TLS_KEY cannot be read: ENOENT.*missing/],
  ['a folder', folder, KEY_PATH, /^OFFHOOK_TLS_CERT cannot be read: EISDIR/],
  ['a certificate that is none', noPem, KEY_PATH, /^OFFHOOK_TLS_CERT: .*no\.pem holds no PEM certificate$/],
  ['a key that is none', CERT_PATH, noPem, /^OFFHOOK_TLS_KEY: .*no\.pem holds no PEM private key$/],
  ['a key with a password', CERT_PATH, lockedKey, /^OFFHOOK_TLS_KEY: .*locked\.pem holds an encrypted key/],
  ["another certificate's key", CERT_PATH, otherKey, /^OFFHOOK_TLS_KEY: .*other\.pem is not the key of/],
  ['the two exchanged', KEY_PATH, CERT_PATH, /^OFFHOOK_TLS_CERT: .*exchange\.key\.pem holds no PEM cert/],
];

for (const [what, cert, key, message] of REFUSED) {
  test(`${what} is refused in one line that names the setting`, () => {
    assert.throws(
      () => read(cert, key),
      (error: Error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  });
}

const trust = (path: string) => readTrustedAuthorities(loadConfig({ OFFHOOK_TLS_CA: path }));

test("an owner's authority is trusted beside those of Node", () => {
  const known = getCACertificates('default');
  assert.equal(readTrustedAuthorities(loadConfig({})), undefined, "Node's own alone");
  const pem = trust(CA_PATH) ?? '';
  assert.ok(pem.endsWith(CA));
  assert.equal(pem.match(/BEGIN CERTIFICATE/g)?.length, known.length + 1);
});

test('an authority that is not there, or is none, is refused in one line that names the setting', () => {
  assert.throws(() => trust(missing), /^ConfigError: OFFHOOK_TLS_CA cannot be read: ENOENT.*missing/);
  assert.throws(() => trust(noPem), /^ConfigError: OFFHOOK_TLS_CA: .*no\.pem holds no PEM certificate$/);
});
