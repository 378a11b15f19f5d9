import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortError, portError } from './port-error.ts';

const where = { host: '127.0.0.1', port: 5060, setting: 'OFFHOOK_SIP_PORT' } as const;
const because = (code: string, syscall: string) =>
  portError(Object.assign(new Error(`${syscall} ${code}`), { code, syscall }), where);

test('a busy port is named with its protocol and the setting that changes it', () => {
  assert.match(because('EADDRINUSE', 'listen').message, /^TCP port 5060 of 127\.0\.0\.1 is in use/);
  assert.match(
    because('EADDRINUSE', 'bind').message,
    /^UDP port 5060 .* set OFFHOOK_SIP_PORT to a free port$/,
  );
});

test('an address that the machine does not have points at OFFHOOK_BIND', () => {
  assert.match(because('EADDRNOTAVAIL', 'bind').message, /no address 127\.0\.0\.1: set OFFHOOK_BIND/);
});

test('a port that needs rights says so', () => {
  assert.match(because('EACCES', 'listen').message, /may not be opened by this user.*above 1023/);
});

test('any other error is one line and keeps its cause', () => {
  const cause = new Error('two\nlines');
  const error = portError(cause, where);
  assert.ok(error instanceof PortError);
  assert.equal(error.message, 'TCP port 5060 of 127.0.0.1 (OFFHOOK_SIP_PORT) cannot be opened: two lines');
  assert.equal(error.cause, cause);
});
