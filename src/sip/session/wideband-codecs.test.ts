import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerOffer, createOffer, type LocalMedia, readAnswer } from './offer-answer.ts';

const LOCAL: LocalMedia = {
  address: '192.0.2.10',
  port: 40_000,
  sessionId: 1,
  version: 1,
  codecs: ['PCMU', 'PCMA', 'G722', 'opus'],
  ptimeMs: 20,
};

const HEAD = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
const offer = (...lines: string[]) => [...HEAD, ...lines, ''].join('\r\n');
const MODERN = offer(
  'm=audio 5004 RTP/AVP 96 9 0 100 101',
  'a=rtpmap:96 opus/48000/2',
  'a=rtpmap:100 telephone-event/48000',
  'a=rtpmap:101 telephone-event/8000',
);

function answered(sdp: string, changes: Partial<LocalMedia> = {}) {
  const answer = answerOffer(sdp, { ...LOCAL, ...changes });
  assert.ok('media' in answer, JSON.stringify(answer));
  return answer;
}

test("Opus is answered under the offerer's number as 48000/2, with telephone-event of its own clock", () => {
  const { sdp, media } = answered(MODERN);
  assert.deepEqual(
    [media.codec, media.payloadType, media.dtmfPayloadType, media.dtmfClockRateHz],
    ['opus', 96, 100, 48_000],
  );
  assert.match(sdp, /^m=audio 40000 RTP\/AVP 96 100\r$/m);
  assert.match(sdp, /^a=rtpmap:96 opus\/48000\/2\r$/m);
  assert.match(sdp, /^a=fmtp:96 .*useinbandfec=1/m);
  assert.match(sdp, /^a=rtpmap:100 telephone-event\/48000\r$/m);
});

test('G.722 needs no rtpmap, and has the clock of 8000 that it was given by mistake', () => {
  const { sdp, media } = answered(offer('m=audio 5004 RTP/AVP 9 0'));
  assert.equal(media.codec, 'G722');
  assert.match(sdp, /^a=rtpmap:9 G722\/8000\r$/m);
});

test('our own order of codecs decides where the owner wants it to', () => {
  assert.equal(answered(MODERN, { codecOrder: 'ours' }).media.codec, 'PCMU');
  const dear = { codecs: ['G722', 'PCMU'] as const, codecOrder: 'ours' as const };
  const { media } = answered(MODERN, dear);
  assert.deepEqual([media.codec, media.dtmfPayloadType], ['G722', 101]);
});

test('a codec that is switched off is neither answered nor offered', () => {
  assert.equal(answered(MODERN, { codecs: ['PCMU'] }).media.codec, 'PCMU');
  assert.doesNotMatch(createOffer({ ...LOCAL, codecs: ['PCMU'] }), /opus|G722|48000/);
});

test('an offer has telephone-event for each clock among its codecs', () => {
  const sdp = createOffer(LOCAL);
  assert.match(sdp, /^m=audio 40000 RTP\/AVP 0 8 9 111 101 110\r$/m);
  assert.match(sdp, /^a=rtpmap:110 telephone-event\/48000\r$/m);
  assert.match(createOffer({ ...LOCAL, codecs: ['opus'] }), /^m=audio 40000 RTP\/AVP 111 110\r$/m);
});

test('a peer that has telephone-event with the clock of 8000 alone is sent that beside Opus, too', () => {
  const answer = offer(
    'm=audio 5004 RTP/AVP 111 101',
    'a=rtpmap:111 opus/48000/2',
    'a=rtpmap:101 telephone-event/8000',
  );
  const read = readAnswer(answer, LOCAL);
  assert.ok('media' in read);
  assert.deepEqual(
    [read.media.codec, read.media.dtmfPayloadType, read.media.dtmfClockRateHz],
    ['opus', 101, 8_000],
  );
});

test('Opus under another clock or with one channel is not taken for Opus', () => {
  for (const rtpmap of ['opus/48000', 'opus/16000/2', 'opus/48000/1'])
    assert.ok(
      'rejected' in answerOffer(offer('m=audio 5004 RTP/AVP 96', `a=rtpmap:96 ${rtpmap}`), LOCAL),
      rtpmap,
    );
});
