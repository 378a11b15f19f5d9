import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CERT_PATH, KEY_PATH } from '../../test/support/test-certificate.ts';
import { loadConfig } from '../config/load-config.ts';
import { examineTls } from './doctor-tls.ts';

const FILES = { OFFHOOK_TLS_CERT: CERT_PATH, OFFHOOK_TLS_KEY: KEY_PATH };
/** The test certificate is valid from 2020-01-01 to 2120-01-01. */
const NOW = Date.UTC(2030, 0, 1);

function examine(given: Record<string, string>, now = NOW) {
  return examineTls(loadConfig(given), now);
}

test('without a certificate TLS is off, which is no fault', () => {
  assert.deepEqual(examine({}), [{ state: 'ok', what: 'SIP over TLS is off: OFFHOOK_TLS_CERT is not set' }]);
});

test('a good certificate is named with its last day', () => {
  assert.deepEqual(examine(FILES), [
    { state: 'ok', what: 'the TLS certificate (CN=exchange.test) is valid until 2120-01-01' },
  ]);
});

const INSTANTS: [string, number, 'ok' | 'warning' | 'problem', RegExp][] = [
  ['a fortnight before its end', Date.UTC(2119, 11, 18), 'ok', /is valid until/],
  ['less than a fortnight before its end', Date.UTC(2119, 11, 18, 0, 0, 1), 'warning', /is valid until/],
  ['after its end', Date.UTC(2120, 0, 2), 'problem', /was valid until 2120-01-01/],
  ['before its beginning', Date.UTC(2019, 0, 1), 'problem', /is valid from 2020-01-01/],
];

for (const [when, now, state, what] of INSTANTS) {
  test(`a certificate ${when} is found ${state}`, () => {
    const [finding] = examine(FILES, now);
    assert.equal(finding?.state, state);
    assert.match(finding?.what ?? '', what);
    assert.equal(finding?.cure !== undefined, state !== 'ok');
  });
}

test('a certificate that does not bear the public name or address is a warning', () => {
  for (const host of ['exchange.test', '127.0.0.1'])
    assert.equal(examine({ ...FILES, OFFHOOK_PUBLIC_HOST: host }).length, 1, host);
  for (const host of ['pbx.example.org', '192.0.2.1']) {
    const [, finding] = examine({ ...FILES, OFFHOOK_PUBLIC_HOST: host });
    assert.equal(finding?.state, 'warning');
    assert.match(finding?.what ?? '', /for DNS:exchange\.test.*, not for .*\(OFFHOOK_PUBLIC_HOST\)/);
    assert.ok(finding?.what.includes(host));
  }
});

test('files that cannot be used are a problem that names the setting', () => {
  const [finding] = examine({ ...FILES, OFFHOOK_TLS_KEY: CERT_PATH });
  assert.equal(finding?.state, 'problem');
  assert.match(finding?.what ?? '', /^OFFHOOK_TLS_KEY: /);
});
