import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { topVia } from '../../src/sip/message/headers.ts';
import { formatUri } from '../../src/sip/message/uri.ts';
import { formatVia } from '../../src/sip/message/via.ts';
import { answerOffer } from '../../src/sip/session/offer-answer.ts';
import { outcomeOf, readSipMessage, type SipMessageCase, sipMessageFolder } from './sip-messages.ts';
import { requestIn } from './sip-readings.ts';

/** The 12 messages of RFC 5118 and what our message layer makes of them. */
const CASES: SipMessageCase[] = [
  { file: 'ipv6-good', section: '4.1', outcome: 'accepted' },
  { file: 'ipv6-bad', section: '4.2', outcome: 400 },
  { file: 'port-ambiguous', section: '4.3', outcome: 'accepted' },
  { file: 'port-unambiguous', section: '4.4', outcome: 'accepted' },
  { file: 'via-received-param-with-delim', section: '4.5', outcome: 'accepted' },
  { file: 'via-received-param-no-delim', section: '4.5', outcome: 'accepted' },
  { file: 'ipv6-in-sdp', section: '4.6', outcome: 'accepted' },
  { file: 'mult-ip-in-header', section: '4.7', outcome: 'accepted' },
  { file: 'mult-ip-in-sdp', section: '4.8', outcome: 'accepted' },
  { file: 'ipv4-mapped-ipv6', section: '4.9', outcome: 'accepted' },
  { file: 'ipv6-bug-abnf-3-colons', section: '4.10', outcome: 400 },
  { file: 'ipv6-correct-abnf-2-colons', section: '4.10', outcome: 'accepted' },
];

const folder = sipMessageFolder('rfc5118');
const options = folder === undefined ? { skip: 'the RFC messages are not beside the checkout' } : {};
const read = (file: string): Buffer => readSipMessage(folder ?? '', file);

test('the table names each of the 12 messages once', options, () => {
  assert.deepEqual(CASES.map(({ file }) => file).sort(), readdirSync(folder ?? '').sort());
});

for (const { file, section, outcome } of CASES) {
  test(
    `RFC 5118 section ${section}: ${file} is ${outcome === 'accepted' ? outcome : `answered ${outcome}`}`,
    options,
    () => {
      const { outcome: actual, result } = outcomeOf(read(file));
      assert.equal(actual, outcome, result.ok ? undefined : result.reason);
    },
  );
}

test('a port belongs to the address only where the brackets leave it in', options, () => {
  const ambiguous = requestIn(read('port-ambiguous')).uri;
  assert.deepEqual([ambiguous.host, ambiguous.port], ['2001:db8::10:5070', undefined]);
  const clear = requestIn(read('port-unambiguous')).uri;
  assert.deepEqual([clear.host, clear.port], ['2001:db8::10', 5070]);
  assert.equal(formatUri(clear), 'sip:[2001:db8::10]:5070');
});

test('a received parameter is read with and without brackets, and written without', options, () => {
  for (const file of ['via-received-param-with-delim', 'via-received-param-no-delim']) {
    const via = topVia(requestIn(read(file)));
    assert.ok(via);
    assert.equal(via.host, '2001:db8::9:1');
    assert.equal(via.received, '2001:db8::9:255');
    assert.match(formatVia(via), /^SIP\/2\.0\/UDP \[2001:db8::9:1\];branch=\S+;received=2001:db8::9:255$/);
  }
});

test('of streams over two address families the one that we can carry is taken', options, () => {
  const offer = Buffer.from(requestIn(read('mult-ip-in-sdp')).body).toString('utf8');
  const local = {
    address: '192.0.2.10',
    port: 40_000,
    sessionId: 1,
    version: 1,
    codecs: ['PCMU' as const],
    ptimeMs: 20,
  };
  const answer = answerOffer(offer, local);
  assert.ok('media' in answer);
  assert.equal(answer.media.remoteAddress, '192.0.2.1');
  assert.match(answer.sdp, /^m=video 0 RTP\/AVP 107\r$/m);
});
