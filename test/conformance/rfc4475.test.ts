import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { DigestVerifier } from '../../src/sip/auth/digest-verifier.ts';
import { cseq, headerAll, headerValues, topVia } from '../../src/sip/message/headers.ts';
import { parseMessage } from '../../src/sip/message/parser.ts';
import { createResponse } from '../../src/sip/message/response.ts';
import { serialize } from '../../src/sip/message/serializer.ts';
import { outcomeOf, readSipMessage, type SipMessageCase, sipMessageFolder } from './sip-messages.ts';
import { addressOf, requestIn, responseIn } from './sip-readings.ts';

/** The 49 messages of RFC 4475 and what our message layer makes of them. */
const CASES: SipMessageCase[] = [
  { file: 'wsinv.dat', section: '3.1.1.1', outcome: 'accepted' },
  { file: 'intmeth.dat', section: '3.1.1.2', outcome: 'accepted' },
  { file: 'esc01.dat', section: '3.1.1.3', outcome: 'accepted' },
  { file: 'escnull.dat', section: '3.1.1.4', outcome: 'accepted' },
  { file: 'esc02.dat', section: '3.1.1.5', outcome: 'accepted' },
  { file: 'lwsdisp.dat', section: '3.1.1.6', outcome: 'accepted' },
  { file: 'longreq.dat', section: '3.1.1.7', outcome: 'accepted' },
  { file: 'dblreq.dat', section: '3.1.1.8', outcome: 'accepted' },
  { file: 'semiuri.dat', section: '3.1.1.9', outcome: 'accepted' },
  { file: 'transports.dat', section: '3.1.1.10', outcome: 'accepted' },
  { file: 'mpart01.dat', section: '3.1.1.11', outcome: 'accepted' },
  { file: 'unreason.dat', section: '3.1.1.12', outcome: 'accepted' },
  { file: 'noreason.dat', section: '3.1.1.13', outcome: 'accepted' },
  { file: 'badinv01.dat', section: '3.1.2.1', outcome: 400 },
  { file: 'clerr.dat', section: '3.1.2.2', outcome: 400 },
  { file: 'ncl.dat', section: '3.1.2.3', outcome: 400 },
  { file: 'scalar02.dat', section: '3.1.2.4', outcome: 400 },
  { file: 'scalarlg.dat', section: '3.1.2.5', outcome: 'dropped' },
  { file: 'quotbal.dat', section: '3.1.2.6', outcome: 400 },
  { file: 'ltgtruri.dat', section: '3.1.2.7', outcome: 400 },
  { file: 'lwsruri.dat', section: '3.1.2.8', outcome: 400 },
  { file: 'lwsstart.dat', section: '3.1.2.9', outcome: 400 },
  { file: 'trws.dat', section: '3.1.2.10', outcome: 400 },
  { file: 'escruri.dat', section: '3.1.2.11', outcome: 400 },
  { file: 'baddate.dat', section: '3.1.2.12', outcome: 'accepted', note: 'Date is not read; may be ignored' },
  { file: 'regbadct.dat', section: '3.1.2.13', outcome: 400 },
  { file: 'badaspec.dat', section: '3.1.2.14', outcome: 400 },
  { file: 'baddn.dat', section: '3.1.2.15', outcome: 400 },
  { file: 'badvers.dat', section: '3.1.2.16', outcome: 505 },
  { file: 'mismatch01.dat', section: '3.1.2.17', outcome: 400 },
  { file: 'mismatch02.dat', section: '3.1.2.18', outcome: 400, note: '400 or 501; the defect comes first' },
  { file: 'bigcode.dat', section: '3.1.2.19', outcome: 'dropped' },
  { file: 'badbranch.dat', section: '3.2.1', outcome: 400 },
  { file: 'insuf.dat', section: '3.3.1', outcome: 400 },
  { file: 'unkscm.dat', section: '3.3.2', outcome: 416 },
  { file: 'novelsc.dat', section: '3.3.3', outcome: 416 },
  { file: 'unksm2.dat', section: '3.3.4', outcome: 'accepted', note: 'sound; only a registrar says 400' },
  { file: 'bext01.dat', section: '3.3.5', outcome: 'accepted', note: 'the session layer says 420' },
  { file: 'invut.dat', section: '3.3.6', outcome: 'accepted', note: 'the session layer says 415' },
  { file: 'regaut01.dat', section: '3.3.7', outcome: 'accepted', note: 'counts as no credentials' },
  { file: 'multi01.dat', section: '3.3.8', outcome: 400 },
  { file: 'mcl01.dat', section: '3.3.9', outcome: 400 },
  {
    file: 'bcast.dat',
    section: '3.3.10',
    outcome: 'accepted',
    note: 'matches no transaction, dropped there',
  },
  { file: 'zeromf.dat', section: '3.3.11', outcome: 'accepted', note: 'only a proxy says 483' },
  { file: 'cparam01.dat', section: '3.3.12', outcome: 'accepted' },
  { file: 'cparam02.dat', section: '3.3.13', outcome: 'accepted' },
  { file: 'regescrt.dat', section: '3.3.14', outcome: 'accepted' },
  { file: 'sdp01.dat', section: '3.3.15', outcome: 'accepted', note: 'the session layer says 406' },
  { file: 'inv2543.dat', section: '3.4.1', outcome: 'accepted' },
];

const folder = sipMessageFolder('rfc4475');
const options = folder === undefined ? { skip: 'the RFC messages are not beside the checkout' } : {};
const read = (file: string): Buffer => readSipMessage(folder ?? '', file);

test('the table names each of the 49 messages once', options, () => {
  const files = CASES.map(({ file }) => file).sort();
  assert.equal(new Set(files).size, 49);
  assert.deepEqual(files, readdirSync(folder ?? '').sort());
});

for (const { file, section, outcome } of CASES) {
  test(
    `RFC 4475 section ${section}: ${file} is ${typeof outcome === 'number' ? `answered ${outcome}` : outcome}`,
    options,
    () => {
      const { outcome: actual, result } = outcomeOf(read(file));
      assert.equal(actual, outcome, result.ok ? undefined : result.reason);
      if (result.ok || result.status === undefined) return;
      // Whatever is refused can be answered, by a response that the sender can read and match.
      const response = createResponse(result.partial, result.status, { reason: result.reason });
      assert.equal(response.headers[0]?.name, 'Via');
      assert.ok(serialize(response).length > 0);
    },
  );
}

for (const { file, section, outcome } of CASES) {
  if (outcome !== 'accepted') continue;
  test(`RFC 4475 section ${section}: ${file} says the same after it was written again`, options, () => {
    const { result } = outcomeOf(read(file));
    assert.ok(result.ok);
    const again = parseMessage(serialize(result.message));
    assert.ok(again.ok, again.ok ? undefined : again.reason);
    const meaning = ({ headers, body, ...line }: typeof result.message) => ({
      ...line,
      headers: headers.filter(({ name }) => name !== 'Content-Length'),
      body: Buffer.from(body),
    });
    assert.deepEqual(meaning(again.message), meaning(result.message));
  });
}

test('a tortuous INVITE is read to its values', options, () => {
  const request = requestIn(read('wsinv.dat'));
  assert.equal(request.uri.params.get('unknownparam'), '');
  assert.deepEqual(addressOf(request, 'From'), {
    displayName: 'J Rosenberg \\"',
    user: 'jdrosen',
    host: 'example.com',
    tag: '98asjd8',
  });
  assert.deepEqual(cseq(request), { seq: 9, method: 'INVITE' });
  assert.deepEqual(headerAll(request, 'NewFangledHeader'), ['newfangled value continued newfangled value']);
  assert.equal(headerValues(request, 'Via').length, 3);
  assert.equal(topVia(request)?.branch, '390skdjuw');
  assert.equal(request.body.length, 150);
});

test('escapes are decoded in a user part and left alone in a method', options, () => {
  assert.equal(requestIn(read('esc01.dat')).uri.user, 'sips:user@example.com');
  assert.equal(requestIn(read('esc02.dat')).method, 'RE%47IST%45R');
  assert.deepEqual(headerAll(requestIn(read('esc02.dat')), 'Contact').length, 2);
  assert.match(addressOf(requestIn(read('escnull.dat')), 'To').user ?? '', /^null-\0-null$/);
  assert.equal(requestIn(read('semiuri.dat')).uri.user, 'user;par=u@example.net');
});

test('what stands behind the body of a datagram is ignored', options, () => {
  const request = requestIn(read('dblreq.dat'));
  assert.equal(request.method, 'REGISTER');
  assert.equal(request.body.length, 0);
});

test('reason phrases may be empty or beyond ASCII', options, () => {
  assert.equal(responseIn(read('noreason.dat')).reason, '');
  assert.match(responseIn(read('unreason.dat')).reason, /^= 2\*\*3 \* 5\*\*2/);
});

test('an unknown authorization scheme counts as no credentials', options, () => {
  const verifier = new DigestVerifier(new FakeClock());
  const account = { realm: 'example.com', username: 'user', password: 'x' };
  assert.equal(verifier.verify(requestIn(read('regaut01.dat')), account), 'missing');
});
