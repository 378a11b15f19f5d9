import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, describeConfig, loadConfig } from './load-config.ts';
import { configurationTable } from './reference.ts';

test('without any variable every setting has its default', () => {
  const settings = loadConfig({});
  assert.equal(settings.OFFHOOK_HTTP_PORT, 3000);
  assert.equal(settings.OFFHOOK_BIND, '0.0.0.0');
  assert.deepEqual(settings.OFFHOOK_RTP_PORTS, { from: 40000, to: 49999 });
  assert.deepEqual(settings.OFFHOOK_EGRESS_ALLOW, []);
  assert.equal(settings.OFFHOOK_PUBLIC_HOST, undefined);
});

test('an empty variable counts as unset', () => {
  assert.equal(loadConfig({ OFFHOOK_SIP_PORT: '' }).OFFHOOK_SIP_PORT, 5060);
});

test('every bad value is named, all in one error', () => {
  assert.throws(
    () =>
      loadConfig({ OFFHOOK_HTTP_PORT: '70000', OFFHOOK_RTP_PORTS: '50-10', OFFHOOK_PUBLIC_URL: 'ftp://x' }),
    (error: Error) =>
      error instanceof ConfigError &&
      /OFFHOOK_HTTP_PORT/.test(error.message) &&
      /OFFHOOK_RTP_PORTS/.test(error.message) &&
      /OFFHOOK_PUBLIC_URL/.test(error.message),
  );
});

test('a misspelt setting is refused', () => {
  assert.throws(() => loadConfig({ OFFHOOK_HTTP_PROT: '3000' }), /OFFHOOK_HTTP_PROT is not a setting/);
});

test('the environment wins over the configuration file', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'offhook-config-')), 'offhook.env');
  writeFileSync(path, '# ports\nOFFHOOK_HTTP_PORT=3100\nOFFHOOK_SIP_PORT=5070\n');
  const settings = loadConfig({ OFFHOOK_CONFIG: path, OFFHOOK_SIP_PORT: '5080' });
  assert.equal(settings.OFFHOOK_HTTP_PORT, 3100);
  assert.equal(settings.OFFHOOK_SIP_PORT, 5080);
});

test('a configuration file that cannot be read is one clear error', () => {
  assert.throws(
    () => loadConfig({ OFFHOOK_CONFIG: '/nowhere/offhook.env' }),
    /OFFHOOK_CONFIG cannot be read/,
  );
});

test('secrets are never shown', () => {
  const shown = describeConfig(loadConfig({ OFFHOOK_API_KEY: 'a-key-of-sixteen-or-more' }));
  assert.deepEqual(shown, { OFFHOOK_API_KEY: 'set' });
});

test('the reference lists every setting as the code has it', () => {
  const page = readFileSync(new URL('../../docs/reference/configuration.md', import.meta.url), 'utf8');
  assert.ok(
    page.includes(configurationTable()),
    `docs/reference/configuration.md must hold:\n${configurationTable()}`,
  );
});
