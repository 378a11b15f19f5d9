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

const BAD_VALUES: Record<string, [string, RegExp][]> = {
  OFFHOOK_HTTP_PORT: [
    ['abc', /must be a whole number from 0 to 65535$/],
    ['80.5', /must be a whole number/],
    ['-1', /must be a whole number/],
  ],
  OFFHOOK_BIND: [
    ['localhost', /must be an IP address of this machine/],
    ['1.2.3', /must be an IP address/],
  ],
  OFFHOOK_EGRESS_ALLOW: [['10.0.0.0/8, intranet', /"intranet" is not a network such as 10\.0\.0\.0\/8/]],
  OFFHOOK_TRUSTED_PROXIES: [['10.0.0.0/99', /"10\.0\.0\.0\/99" is not a network/]],
  OFFHOOK_SIP_DNS: [
    ['192.0.2.53, ns.example', /must list addresses of name servers, such as 192\.0\.2\.53/],
    ['192.0.2.53:99999', /must list addresses of name servers/],
  ],
  OFFHOOK_SIPS_PORT: [['5061x', /must be a whole number from 0 to 65535$/]],
  OFFHOOK_SOURCE_CPS: [
    ['0', /must be a number above 0/],
    ['many', /must be a number above 0/],
  ],
  OFFHOOK_CODECS: [
    ['PCMU,GSM', /must list codecs of PCMU, PCMA, G722, opus, each once, joined by commas$/],
    ['PCMU,pcmu', /must list codecs/],
  ],
  OFFHOOK_SRTP: [['yes', /must be one of off, optional, required$/]],
  OFFHOOK_DRAIN_MS: [['-1', /must be a whole number from 0 to 3600000$/]],
  OFFHOOK_LOG_LEVEL: [['loud', /must be one of silent, error, warn, info, debug$/]],
  OFFHOOK_LOCAL_LLM: [['yes', /must be one of auto, off$/]],
  OFFHOOK_API_KEY: [['short', /must have at least 16 characters$/]],
  OFFHOOK_DATABASE_URL: [['mysql://x', /must begin with postgres/]],
  OFFHOOK_PUBLIC_HOST: [['a b', /must be a host name or an address$/]],
};

for (const [name, cases] of Object.entries(BAD_VALUES)) {
  for (const [value, message] of cases) {
    test(`${name}=${value} is refused in one line that says what it must be`, () => {
      assert.throws(
        () => loadConfig({ [name]: value }),
        (error: Error) => {
          assert.ok(error instanceof ConfigError);
          assert.ok(error.message.startsWith(`${name} must`), error.message);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
  }
}

test('a certificate without its key, or a key without its certificate, is refused', () => {
  assert.throws(
    () => loadConfig({ OFFHOOK_TLS_CERT: 'a.pem' }),
    /^ConfigError: OFFHOOK_TLS_CERT needs OFFHOOK_TLS_KEY/,
  );
  assert.throws(
    () => loadConfig({ OFFHOOK_TLS_KEY: 'a.pem' }),
    /^ConfigError: OFFHOOK_TLS_KEY needs OFFHOOK_TLS_CERT/,
  );
});

test('TLS cannot have the port of TCP, unless it is off', () => {
  const ports = { OFFHOOK_SIP_PORT: '5070', OFFHOOK_SIPS_PORT: '5070' };
  const files = { OFFHOOK_TLS_CERT: 'a.pem', OFFHOOK_TLS_KEY: 'b.pem' };
  assert.throws(() => loadConfig({ ...ports, ...files }), /OFFHOOK_SIPS_PORT must be another port/);
  assert.equal(loadConfig(ports).OFFHOOK_SIPS_PORT, 5070);
  assert.equal(loadConfig({ ...files, OFFHOOK_SIP_PORT: '0', OFFHOOK_SIPS_PORT: '0' }).OFFHOOK_SIPS_PORT, 0);
});

test('a session timer is off, or no shorter than what callers may ask for', () => {
  const read = (expires: string, least: string) =>
    loadConfig({ OFFHOOK_SIP_SESSION_EXPIRES: expires, OFFHOOK_SIP_MIN_SE: least });
  assert.equal(read('0', '90').OFFHOOK_SIP_SESSION_EXPIRES, 0);
  assert.equal(read('120', '120').OFFHOOK_SIP_SESSION_EXPIRES, 120);
  assert.throws(() => read('119', '120'), /OFFHOOK_SIP_SESSION_EXPIRES must be at least OFFHOOK_SIP_MIN_SE/);
});

test('a network list keeps its entries as they were given', () => {
  const settings = loadConfig({ OFFHOOK_TRUSTED_PROXIES: ' 10.0.0.0/8 ,, ::1 ' });
  assert.deepEqual(settings.OFFHOOK_TRUSTED_PROXIES, ['10.0.0.0/8', '::1']);
});

test('a refused secret is not repeated in the error', () => {
  assert.throws(
    () => loadConfig({ OFFHOOK_SECRET_KEY: 'tiny-secret' }),
    (error: Error) => !error.message.includes('tiny-secret'),
  );
});
