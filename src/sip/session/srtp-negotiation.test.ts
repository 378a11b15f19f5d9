import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { answerOffer, createOffer, type LocalMedia, readAnswer, type SrtpMode } from './offer-answer.ts';
import { SrtpKeys } from './srtp-keys.ts';

const LONG = 'AES_CM_128_HMAC_SHA1_80';
const SHORT = 'AES_CM_128_HMAC_SHA1_32';
const KEY = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';
const OTHER_KEY = 'PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR';

function localWith(mode: SrtpMode, keys = new SrtpKeys()): LocalMedia {
  const srtp = { mode, keys };
  return {
    address: '192.0.2.10',
    port: 40_000,
    sessionId: 1,
    version: 1,
    codecs: ['PCMU'],
    ptimeMs: 20,
    srtp,
  };
}

function offer(protocol: string, ...lines: string[]): string {
  const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
  return [...head, `m=audio 5004 ${protocol} 0`, ...lines, ''].join('\r\n');
}

const crypto = (tag: number, suite: string, key = KEY, rest = '') =>
  `a=crypto:${tag} ${suite} inline:${key}${rest}`;
const ownKeyIn = (sdp: string) => /inline:(\S{40})/.exec(sdp)?.[1];

function settled(result: ReturnType<typeof answerOffer> | ReturnType<typeof readAnswer>) {
  assert.ok('media' in result, JSON.stringify(result));
  return result.media;
}

describe('An offer with SRTP keys', () => {
  test('is answered in its protocol, with the tag of its first line that we speak and a key of our own', () => {
    const lines = [crypto(1, 'AES_256_CM_HMAC_SHA1_80'), crypto(7, SHORT, KEY, '|2^20'), crypto(8, LONG)];
    const answer = answerOffer(offer('RTP/SAVP', ...lines), localWith('accepted'));
    const { srtp } = settled(answer);
    assert.ok('sdp' in answer);
    assert.match(answer.sdp, /^m=audio 40000 RTP\/SAVP 0\r$/m);
    const [line, ...more] = answer.sdp.match(/^a=crypto:.*$/gm) ?? [];
    assert.equal(more.length, 0);
    assert.equal(line?.trim(), `a=crypto:7 ${SHORT} inline:${srtp?.sendKey.reveal()}`);
    assert.equal(srtp?.receiveKey.reveal(), KEY);
    assert.equal(Buffer.from(srtp?.sendKey.reveal() ?? '', 'base64').length, 30);
    assert.doesNotMatch(inspect(srtp, { depth: 9 }), /WVNf/, 'keys do not show in a log');
  });

  test('beside plain RTP is taken up where SRTP is spoken, and passed over where it is not', () => {
    const sdp = offer('RTP/AVP', crypto(1, LONG));
    assert.equal(settled(answerOffer(sdp, localWith('accepted'))).srtp?.suite, LONG);
    const plain = answerOffer(sdp, localWith('off'));
    assert.equal(settled(plain).srtp, undefined);
    assert.doesNotMatch('sdp' in plain ? plain.sdp : '', /crypto/);
  });

  test('is refused where SRTP is off, and where no line of it can be used', () => {
    assert.deepEqual(
      [answerOffer(offer('RTP/SAVP', crypto(1, LONG)), localWith('off'))].map(
        (answer) => 'rejected' in answer,
      ),
      [true],
    );
    for (const line of [
      '',
      crypto(1, LONG, KEY, '|2^20|1:4'),
      crypto(1, LONG, KEY, '|1:4'),
      crypto(1, LONG, KEY, ' UNENCRYPTED_SRTP'),
      crypto(1, LONG, KEY, ' KDR=1'),
      crypto(1, LONG, KEY.slice(4)),
      crypto(1, LONG, `${KEY};inline:${KEY}`),
      crypto(1, 'F8_128_HMAC_SHA1_80'),
      `a=crypto:x ${LONG} inline:${KEY}`,
    ])
      assert.ok('rejected' in answerOffer(offer('RTP/SAVP', line), localWith('required')), line);
  });

  test('is the only one that is answered where SRTP is required', () => {
    const answer = answerOffer(offer('RTP/AVP'), localWith('required'));
    assert.equal('rejected' in answer && answer.rejected, 488);
    assert.ok(settled(answerOffer(offer('RTP/AVP', crypto(1, SHORT)), localWith('required'))).srtp);
  });

  test('keeps our key while the peer keeps its own, and gets a new one with its new one', () => {
    const local = localWith('accepted');
    const keyFor = (key: string) =>
      settled(answerOffer(offer('RTP/SAVP', crypto(1, LONG, key)), local)).srtp?.sendKey.reveal();
    const first = keyFor(KEY);
    assert.equal(keyFor(KEY), first);
    const second = keyFor(OTHER_KEY);
    assert.notEqual(second, first);
    assert.notEqual(keyFor(KEY), second);
  });
});

describe('Our offer', () => {
  test('is plain unless SRTP is to be offered', () => {
    for (const mode of ['off', 'accepted'] as const) {
      assert.match(createOffer(localWith(mode)), /RTP\/AVP/);
      assert.doesNotMatch(createOffer(localWith(mode)), /crypto/);
    }
    assert.match(createOffer(localWith('offered')), /RTP\/AVP 0 101\r\n.*a=crypto:1 /s);
  });

  test('has a key for each suite where SRTP is required, and an answer settles which', () => {
    const local = localWith('required');
    const sdp = createOffer(local);
    assert.match(sdp, /^m=audio 40000 RTP\/SAVP 0 101\r$/m);
    const keys = [...sdp.matchAll(/inline:(\S+)/g)].map(([, key]) => key);
    assert.equal(new Set(keys).size, 2);
    const { srtp } = settled(readAnswer(offer('RTP/SAVP', crypto(2, SHORT)), local));
    assert.deepEqual([srtp?.suite, srtp?.sendKey.reveal(), srtp?.receiveKey.reveal()], [SHORT, keys[1], KEY]);
    assert.equal(ownKeyIn(createOffer(local)), keys[0], 'the next offer has the same keys');
  });

  test('is not answered by plain RTP where SRTP is required, nor by a line that it did not have', () => {
    const local = localWith('required');
    for (const answer of [offer('RTP/AVP'), offer('RTP/SAVP'), offer('RTP/SAVP', crypto(1, SHORT))])
      assert.ok('rejected' in readAnswer(answer, local), answer);
  });

  test('of SRTP as a choice may be answered by plain RTP', () => {
    assert.equal(settled(readAnswer(offer('RTP/AVP'), localWith('offered'))).srtp, undefined);
  });
});
