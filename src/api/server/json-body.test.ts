import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExchangeError } from '../../domain/errors.ts';
import { parseJsonBody } from './json-body.ts';
import { MAX_BODY_DEPTH } from './limits.ts';

const parse = (text: string) => parseJsonBody(Buffer.from(text));

function refused(bytes: Buffer, message: RegExp): void {
  assert.throws(
    () => parseJsonBody(bytes),
    (error: unknown) =>
      error instanceof ExchangeError && error.code === 'request-invalid' && message.test(error.message),
  );
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('parseJsonBody', () => {
  it('reads JSON, and takes no bytes for no body', () => {
    assert.deepEqual(parse('{"a":[1,"é\\u00e9\\\\u0000",null]}'), { a: [1, 'éé\\u0000', null] });
    assert.equal(parse(''), undefined);
  });

  it('counts depth outside strings only', () => {
    assert.ok(Array.isArray(parse(nested(MAX_BODY_DEPTH))));
    refused(Buffer.from(nested(MAX_BODY_DEPTH + 1)), /nested deeper than 64/);
    assert.equal(parse(JSON.stringify(`"${'['.repeat(500)}\\`)), `"${'['.repeat(500)}\\`);
  });

  it('refuses a million brackets without building them', () => {
    refused(Buffer.from('['.repeat(1_000_000)), /nested deeper/);
  });

  it('refuses what the store cannot keep and what reaches into prototypes', () => {
    refused(Buffer.from('{"a":"\\u0000"}'), /NUL/);
    refused(Buffer.from('{"\\ud800":1}'), /malformed Unicode/);
    refused(Buffer.from([0x22, 0xc3, 0x28, 0x22]), /UTF-8/);
    refused(Buffer.from('{"a":[{"\\u005f_proto__":{}}]}'), /__proto__/);
    refused(Buffer.from('{"constructor":{"prototype":{}}}'), /constructor\.prototype/);
    assert.deepEqual(parse('{"constructor":"Gaudí"}'), { constructor: 'Gaudí' });
  });

  it('refuses what is not JSON', () => {
    for (const text of ['{', '{"a":}', 'NaN', "{'a':1}", '{"a":1}}', ' ']) refused(Buffer.from(text), /JSON/);
  });
});
