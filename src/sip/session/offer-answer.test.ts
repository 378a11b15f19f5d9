import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerOffer,
  createOffer,
  type LocalMedia,
  type NegotiatedMedia,
  readAnswer,
} from './offer-answer.ts';

const LOCAL: LocalMedia = {
  address: '192.0.2.10',
  port: 40_000,
  sessionId: 1,
  version: 1,
  codecs: ['PCMU', 'PCMA'],
  ptimeMs: 20,
};

function offer(...lines: string[]): string {
  return ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines, ''].join('\r\n');
}

function negotiated(sdp: string, local: Partial<LocalMedia> = {}): NegotiatedMedia {
  const answer = answerOffer(sdp, { ...LOCAL, ...local });
  assert.ok('media' in answer, JSON.stringify(answer));
  return answer.media;
}

test("a carrier's offer is answered with its first codec that we have, its DTMF type and its port", () => {
  const sdp = offer(
    'm=audio 5004 RTP/AVP 18 8 0 96',
    'a=rtpmap:18 G729/8000',
    'a=rtpmap:96 telephone-event/8000',
    'a=ptime:20',
  );
  const answer = answerOffer(sdp, LOCAL);
  assert.ok('media' in answer);
  assert.deepEqual(answer.media, {
    remoteAddress: '192.0.2.1',
    remotePort: 5004,
    remoteRtcpPort: 5005,
    codec: 'PCMA',
    payloadType: 8,
    dtmfPayloadType: 96,
    dtmfClockRateHz: 8000,
    ptimeMs: 20,
    direction: 'sendrecv',
  });
  assert.match(answer.sdp, /^m=audio 40000 RTP\/AVP 8 96\r$/m);
  assert.match(answer.sdp, /^a=rtpmap:96 telephone-event\/8000\r$/m);
  assert.match(answer.sdp, /^a=fmtp:96 0-15\r$/m);
});

test('static payload types need no rtpmap, dynamic ones are read by name', () => {
  assert.equal(negotiated(offer('m=audio 5004 RTP/AVP 0')).codec, 'PCMU');
  const dynamic = negotiated(offer('m=audio 5004 RTP/AVP 97', 'a=rtpmap:97 pcmu/8000'));
  assert.deepEqual([dynamic.codec, dynamic.payloadType], ['PCMU', 97]);
});

test('wideband or stereo under the name of G.711 is not taken', () => {
  assert.ok('rejected' in answerOffer(offer('m=audio 5004 RTP/AVP 97', 'a=rtpmap:97 PCMU/16000'), LOCAL));
  assert.ok('rejected' in answerOffer(offer('m=audio 5004 RTP/AVP 97', 'a=rtpmap:97 PCMU/8000/2'), LOCAL));
});

const REFUSALS: [string, string, number][] = [
  ['no common codec', offer('m=audio 5004 RTP/AVP 18', 'a=rtpmap:18 G729/8000'), 488],
  ['SRTP only', offer('m=audio 5004 RTP/SAVP 0'), 488],
  ['video only', offer('m=video 5004 RTP/AVP 96', 'a=rtpmap:96 VP8/90000'), 488],
  ['no media', offer(), 488],
  ['port 0', offer('m=audio 0 RTP/AVP 0'), 488],
  [
    'a host name as address',
    offer('m=audio 5004 RTP/AVP 0').replace('c=IN IP4 192.0.2.1', 'c=IN IP4 evil.example'),
    488,
  ],
  ['no SDP', 'hello', 400],
  ['an endless line', offer(`a=${'x'.repeat(5000)}`), 400],
  ['a flood of lines', offer(...Array.from({ length: 2000 }, () => 'a=x')), 400],
];

for (const [name, sdp, status] of REFUSALS) {
  test(`${name} is refused with ${status}`, () => {
    const answer = answerOffer(sdp, LOCAL);
    assert.ok('rejected' in answer);
    assert.equal(answer.rejected, status);
  });
}

const DIRECTIONS: [string[], string][] = [
  [[], 'sendrecv'],
  [['a=sendonly'], 'recvonly'],
  [['a=inactive'], 'inactive'],
  [['a=recvonly'], 'sendonly'],
  [['c=IN IP4 0.0.0.0'], 'recvonly'],
];

for (const [lines, ours] of DIRECTIONS) {
  test(`an offer with ${lines[0] ?? 'no direction'} makes ours ${ours}`, () => {
    assert.equal(negotiated(offer('m=audio 5004 RTP/AVP 0', ...lines)).direction, ours);
  });
}

test('every further stream is refused in place with port 0', () => {
  const answer = answerOffer(
    offer('m=video 6000 RTP/AVP 96', 'm=audio 5004 RTP/AVP 0', 'm=audio 5006 RTP/AVP 8'),
    LOCAL,
  );
  assert.ok('media' in answer);
  const lines = answer.sdp.split('\r\n').filter((line) => line.startsWith('m='));
  assert.deepEqual(lines, ['m=video 0 RTP/AVP 96', 'm=audio 40000 RTP/AVP 0', 'm=audio 0 RTP/AVP 8']);
});

test('ptime is honoured between 10 and 60 ms and under maxptime', () => {
  const ptime = (...lines: string[]) => negotiated(offer('m=audio 5004 RTP/AVP 0', ...lines)).ptimeMs;
  assert.equal(ptime(), 20);
  assert.equal(ptime('a=ptime:30'), 30);
  assert.equal(ptime('a=ptime:1000'), 60);
  assert.equal(ptime('a=ptime:0'), 20);
  assert.equal(ptime('a=ptime:40', 'a=maxptime:20'), 20);
});

test('the address of the stream outranks that of the session, and a=rtcp names its port', () => {
  const media = negotiated(offer('m=audio 5004 RTP/AVP 0', 'c=IN IP4 198.51.100.7', 'a=rtcp:6001'));
  assert.equal(media.remoteAddress, '198.51.100.7');
  assert.equal(media.remoteRtcpPort, 6001);
});

test('IPv6 is described as IPv6', () => {
  const answer = answerOffer(offer('m=audio 5004 RTP/AVP 0', 'c=IN IP6 2001:db8::1'), {
    ...LOCAL,
    address: '2001:db8::10',
  });
  assert.ok('media' in answer);
  assert.equal(answer.media.remoteAddress, '2001:db8::1');
  assert.match(answer.sdp, /^c=IN IP6 2001:db8::10\r$/m);
});

test('two ends of ours agree, and hold narrows both', () => {
  const caller = { ...LOCAL, address: '192.0.2.20', port: 30_000 };
  const first = answerOffer(createOffer(caller), LOCAL);
  assert.ok('media' in first);
  const read = readAnswer(first.sdp, caller);
  assert.ok('media' in read);
  assert.equal(read.media.remotePort, 40_000);
  assert.equal(read.media.dtmfPayloadType, 101);
  const held = answerOffer(createOffer({ ...caller, version: 2 }, { direction: 'sendonly' }), LOCAL);
  assert.ok('media' in held);
  assert.equal(held.media.direction, 'recvonly');
  const readHeld = readAnswer(held.sdp, caller, { direction: 'sendonly' });
  assert.ok('media' in readHeld);
  assert.equal(readHeld.media.direction, 'sendonly');
});

test('the version of our description rises as it is told to', () => {
  assert.match(createOffer({ ...LOCAL, version: 7 }), /^o=offhook 1 7 IN IP4 192\.0\.2\.10\r$/m);
});

test('an encoding whose name is a number is passed over', () => {
  const media = negotiated(offer('m=audio 5004 RTP/AVP 96 0', 'a=rtpmap:96 123/8000', 'a=rtpmap:97 7'));
  assert.equal(media.payloadType, 0);
});

test('an rtpmap outranks the static meaning of its number', () => {
  const media = negotiated(offer('m=audio 5004 RTP/AVP 0 8', 'a=rtpmap:0 L16/8000'));
  assert.equal(media.codec, 'PCMA');
});

test('telephone-event counts only where the stream lists it', () => {
  const media = negotiated(offer('m=audio 5004 RTP/AVP 0', 'a=rtpmap:101 telephone-event/8000'));
  assert.equal(media.dtmfPayloadType, undefined);
});

test('telephone-event of a clock that no audio has is passed over', () => {
  for (const clock of ['1', '800', '192001', '8000000000']) {
    const media = negotiated(offer('m=audio 5004 RTP/AVP 0 101', `a=rtpmap:101 telephone-event/${clock}`));
    assert.equal(media.dtmfPayloadType, undefined);
  }
});

test('comfort noise is tolerated and not asked for', () => {
  const answer = answerOffer(offer('m=audio 5004 RTP/AVP 0 13'), LOCAL);
  assert.ok('media' in answer);
  assert.equal(answer.media.comfortNoisePayloadType, 13);
  assert.match(answer.sdp, /^m=audio 40000 RTP\/AVP 0\r$/m);
});

test('the answer keeps the profile and the time of the offer, and takes no rtcp-mux', () => {
  const sdp = offer('m=audio 5004/2 RTP/AVPF 0', 'a=rtcp-mux').replace('t=0 0', 't=3338481189 3370017201');
  const answer = answerOffer(sdp, LOCAL);
  assert.ok('media' in answer);
  assert.equal(answer.media.remotePort, 5004);
  assert.match(answer.sdp, /^m=audio 40000 RTP\/AVPF 0\r$/m);
  assert.match(answer.sdp, /^t=3338481189 3370017201\r$/m);
  assert.doesNotMatch(answer.sdp, /rtcp-mux/);
});

const FOREIGN_ADDRESSES: [string, string][] = [
  ['a multicast group', 'c=IN IP4 224.0.0.1'],
  ['the broadcast address', 'c=IN IP4 255.255.255.255'],
  ['an IPv6 group', 'c=IN IP6 ff02::1'],
  ['an IPv6 address where we have IPv4', 'c=IN IP6 2001:db8::1'],
];

for (const [name, line] of FOREIGN_ADDRESSES) {
  test(`audio to ${name} is refused`, () => {
    const answer = answerOffer(offer('m=audio 5004 RTP/AVP 0', line), LOCAL);
    assert.ok('rejected' in answer);
    assert.equal(answer.rejected, 488);
  });
}

test('a stream that cannot be read, and so not be refused in place, makes the offer malformed', () => {
  const answer = answerOffer(offer('m=x-odd 1 RTP/AVP 0', 'm=audio 5004 RTP/AVP 0'), LOCAL);
  assert.ok('rejected' in answer);
  assert.equal(answer.rejected, 400);
});

test('lines that we have no use for do not reach the parser, and it stays fast on hostile ones', () => {
  const hostile = `a=imageattr:97 send ${'[x]\t'.repeat(240)}`;
  const sdp = offer('m=audio 5004 RTP/AVP 0', ...Array.from({ length: 15 }, () => hostile));
  const before = process.cpuUsage();
  assert.equal(negotiated(sdp).codec, 'PCMU');
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 50_000, `${user + system} us`);
});

test('an address that would break a line is never written', () => {
  assert.throws(() => createOffer({ ...LOCAL, address: '192.0.2.1\r\na=inactive' }), TypeError);
});

test("a stream that the answer refuses, or answers with another's codec, is no call", () => {
  const refusal = readAnswer(offer('m=audio 0 RTP/AVP 0'), LOCAL);
  assert.ok('rejected' in refusal);
  const foreign = readAnswer(offer('m=audio 5004 RTP/AVP 8'), { ...LOCAL, codecs: ['PCMU'] });
  assert.ok('rejected' in foreign);
});
