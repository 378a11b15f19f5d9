import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerRefusal } from './request-headers.ts';

test('a header may be sent unless it could end a line early, frames the request or is of the connection', () => {
  const table: [string, string, RegExp | undefined][] = [
    ['authorization', 'Bearer x', undefined],
    ['X-Tenant', 'a\tb', undefined],
    ['x-name', 'M\u00fcller', undefined],
    ['x-a', 'a\rb', /x-a has characters/],
    ['x-a', 'a\nb', /x-a has characters/],
    ['x-a', 'a\0b', /x-a has characters/],
    ['x-a', '\u20ac', /x-a has characters/],
    ['', 'a', /name has characters/],
    ['x a', 'a', /name has characters/],
    ['x:a', 'a', /name has characters/],
    ['HOST', 'a', /HOST is set by the exchange itself/],
    ['Content-Length', '1', /set by the exchange/],
    ['transfer-encoding', 'chunked', /set by the exchange/],
    ['Upgrade', 'websocket', /set by the exchange/],
  ];
  for (const [name, value, expected] of table) {
    const refusal = headerRefusal(name, value);
    if (expected) assert.match(refusal ?? '', expected);
    else assert.equal(refusal, undefined, name);
  }
});
