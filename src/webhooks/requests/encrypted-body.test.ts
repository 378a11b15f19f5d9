import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, privateDecrypt, webcrypto } from 'node:crypto';
import { describe, test } from 'node:test';
import type { EncryptionPlan } from '../../domain/credentials/authentication-plan.ts';
import { encryptedBody } from './encrypted-body.ts';

const KEY_BITS = 2048;
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: KEY_BITS });
const plan: EncryptionPlan = {
  type: 'public-key',
  algorithm: 'RSA-OAEP-256',
  publicKey: {
    format: 'spki-pem',
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  },
};

/** Block by block, as the reference page tells customers to do it. */
function decrypted(base64: string): string {
  const sealed = Buffer.from(base64, 'base64');
  assert.equal(sealed.length % (KEY_BITS / 8), 0);
  const blocks: Buffer[] = [];
  for (let at = 0; at < sealed.length; at += KEY_BITS / 8)
    blocks.push(
      privateDecrypt(
        { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
        sealed.subarray(at, at + KEY_BITS / 8),
      ),
    );
  return Buffer.concat(blocks).toString();
}

const encrypt = (body: unknown, paths: string[]) =>
  JSON.parse(encryptedBody(JSON.stringify(body), paths, plan));

describe('a body with encrypted paths', () => {
  test('has ciphertext in the arguments of each tool call, in every form that a reader may take', () => {
    const args = () => ({ ssn: '078-05-1120', payment: { cardNumber: '4242', currency: 'EUR' } });
    const call = () => ({ id: '1', name: 'pay', parameters: args(), function: { arguments: args() } });
    const { message } = encrypt(
      {
        message: {
          type: 'tool-calls',
          toolCallList: [call(), call()],
          toolCalls: [{ function: { arguments: JSON.stringify(args()) } }],
          toolWithToolCallList: [{ function: { parameters: { ssn: 'schema' } }, toolCall: call() }],
        },
      },
      ['ssn', 'payment.cardNumber'],
    );
    const found = [
      ...message.toolCallList.flatMap((one: ReturnType<typeof call>) => [
        one.parameters,
        one.function.arguments,
      ]),
      JSON.parse(message.toolCalls[0].function.arguments),
      message.toolWithToolCallList[0].toolCall.parameters,
      message.toolWithToolCallList[0].toolCall.function.arguments,
    ];
    assert.equal(found.length, 7);
    for (const { ssn, payment } of found) {
      assert.equal(decrypted(ssn), '078-05-1120');
      assert.equal(decrypted(payment.cardNumber), '4242');
      assert.equal(payment.currency, 'EUR');
    }
    assert.doesNotMatch(JSON.stringify(message), /078-05|4242/);
    assert.equal(message.toolWithToolCallList[0].function.parameters.ssn, 'schema');
  });

  test('has ciphertext where a path leads from its top, also through lists', () => {
    const { message } = encrypt(
      { message: { customer: { number: '+491' }, messages: [{ text: 'a' }, { text: 'b' }] } },
      ['message.customer.number', '$.message.messages.1.text'],
    );
    assert.equal(decrypted(message.customer.number), '+491');
    assert.equal(message.messages[0].text, 'a');
    assert.equal(decrypted(message.messages[1].text), 'b');
  });

  test('encrypts a value once, though two paths name it', () => {
    const body = { message: { toolCallList: [{ parameters: { ssn: 'x' } }] } };
    const { message } = encrypt(body, ['ssn', 'ssn', 'message.toolCallList.0.parameters.ssn']);
    assert.equal(decrypted(message.toolCallList[0].parameters.ssn), 'x');
  });

  test('holds what is no text as the JSON of it, and an empty text as such', () => {
    const values = { a: 12.5, b: { c: ['ü'] }, d: null, e: '', f: false };
    const sealed = encrypt(values, ['a', 'b', 'd', 'e', 'f']);
    const opened = Object.values(sealed).map((value) => decrypted(String(value)));
    assert.deepEqual(opened, ['12.5', '{"c":["ü"]}', 'null', '', 'false']);
  });

  test('has one block for what fits one, more for what does not', () => {
    const lengths = [190, 191, 1000].map((length) => {
      const text = 'ü'.repeat(length / 2) + 'x'.repeat(length % 2);
      const { a } = encrypt({ a: text }, ['a']);
      assert.equal(decrypted(a), text);
      return Buffer.from(a, 'base64').length;
    });
    assert.deepEqual(lengths, [256, 512, 6 * 256]);
  });

  test('is not made at all when a value is too long: it must not go out in clear', () => {
    assert.throws(() => encrypt({ a: 'x'.repeat(64 * 1024 + 1) }, ['a']), /longer than 65536 bytes/);
  });

  test('is unchanged where no path leads anywhere', () => {
    const body = {
      message: { toolCallList: [{ parameters: 'no json', function: null }, 7], toolCalls: 'x' },
    };
    assert.deepEqual(
      encrypt(body, ['ssn', 'message.x.y', '', 'toString', '__proto__.polluted', 'constructor.name']),
      body,
    );
  });

  test('is read by Web Crypto as RSA-OAEP with SHA-256', async () => {
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
    const key = await webcrypto.subtle.importKey(
      'pkcs8',
      pkcs8,
      { name: 'RSA-OAEP', hash: 'SHA-256' },
      false,
      ['decrypt'],
    );
    const { a } = encrypt({ a: 'hello' }, ['a']);
    const clear = await webcrypto.subtle.decrypt({ name: 'RSA-OAEP' }, key, Buffer.from(a, 'base64'));
    assert.equal(Buffer.from(clear).toString(), 'hello');
  });
});
