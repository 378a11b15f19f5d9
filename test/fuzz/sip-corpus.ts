import type { HeaderLine, SipMessage } from '../../src/sip/message/message.ts';
import { serialize } from '../../src/sip/message/serializer.ts';
import { parseUri } from '../../src/sip/message/uri.ts';

const SDP = [
  'v=0',
  'o=- 20518 1 IN IP4 198.51.100.7',
  's=-',
  'c=IN IP4 198.51.100.7',
  't=0 0',
  'm=audio 41000 RTP/AVP 0 8 18 101 13',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:18 G729/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

function lines(values: Record<string, string>): HeaderLine[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function request(method: string, uri: string, headers: Record<string, string>, body = ''): SipMessage {
  const parsed = parseUri(uri);
  if (!parsed) throw new TypeError(`malformed URI ${uri}`);
  return {
    kind: 'request',
    method,
    uri: parsed,
    rawUri: uri,
    headers: lines(headers),
    body: Buffer.from(body),
  };
}

const DIALOG = {
  From: '"J\\"ane, at work" <sip:+12025550199@198.51.100.7;isup-oli=0>;tag=gK0c1',
  To: '<sip:+12025550123@203.0.113.10>;tag=a73f',
  'Call-ID': '1234567_abcdef@198.51.100.7',
};

/** Messages of our own, of the kinds that reach an exchange; what the mutations start from. */
export const SIP_CORPUS: readonly Buffer[] = [
  request(
    'INVITE',
    'sip:+12025550123@203.0.113.10:5060;transport=udp',
    {
      'Record-Route': '<sip:198.51.100.1;lr;ftag=gK0c1>, <sip:198.51.100.2;lr>',
      Via: 'SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKcydzig, SIP/2.0/UDP 198.51.100.7:5060;rport=5060;branch=z9hG4bK0cB',
      ...DIALOG,
      To: '<sip:+12025550123@203.0.113.10>',
      CSeq: '16453 INVITE',
      'Max-Forwards': '66',
      Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS',
      Contact: '<sip:+12025550199@198.51.100.7:5060>',
      Supported: 'timer,100rel',
      'Session-Expires': '1800;refresher=uac',
      'P-Asserted-Identity': '"Jane" <sip:+12025550199@198.51.100.7>, <tel:+12025550199>',
      'X-Account': 'a=1;b="2"',
      'Content-Type': 'application/sdp',
    },
    SDP,
  ),
  request('OPTIONS', 'sip:[2001:db8::10]:5060', {
    Via: 'SIP/2.0/TCP [2001:db8::9]:6050;branch=z9hG4bKas3;rport;received=2001:db8::ff',
    ...DIALOG,
    CSeq: '2 OPTIONS',
    Authorization:
      'Digest username="demo", realm="offhook", nonce="abc", uri="sip:[2001:db8::10]", response="00", qop=auth, nc=00000001, cnonce="x"',
  }),
  request(
    'INFO',
    'sip:demo%20one@203.0.113.10?x=y',
    {
      Via: 'SIP/2.0/UDP pbx.example.com;branch=z9hG4bK99',
      ...DIALOG,
      CSeq: '3 INFO',
      'Content-Type': 'application/dtmf-relay',
    },
    'Signal=5\r\nDuration=160\r\n',
  ),
  request('BYE', 'tel:+1-202-555-0123;phone-context=example.com', {
    Via: 'SIP/2.0/UDP pbx.example.com : 5062 ; branch = z9hG4bK100 ; ttl=1',
    ...DIALOG,
    CSeq: '4 BYE',
    Reason: 'Q.850;cause=16;text="Normal; clearing"',
  }),
  {
    kind: 'response',
    status: 200,
    reason: 'Très bien',
    headers: lines({
      Via: 'SIP/2.0/UDP 203.0.113.10:5060;branch=z9hG4bKours;received=203.0.113.10;rport=5060',
      ...DIALOG,
      CSeq: '1 INVITE',
      Contact: '<sip:198.51.100.7:5060;transport=tcp>;expires=60;q=0.5',
      'Content-Type': 'application/sdp',
    }),
    body: Buffer.from(SDP),
  } satisfies SipMessage,
].map(serialize);

/** Numbers from 0 to below 1 that a seed determines (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What parsers have stumbled over: separators, line ends, escapes, numbers out of range, broken UTF-8. */
const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\t',
  ' ',
  ',',
  ';',
  ':',
  '@',
  '=',
  '"',
  '\\',
  '<',
  '>',
  '[',
  ']',
  '%',
  '%00',
  '%zz',
  '?',
  '&',
  '/',
  ';;',
  ',,',
  '-1',
  '4294967296',
  '99999999999999999999',
  '\r\n ',
  '\r\n\r\n',
  'SIP/2.0',
  'sip:',
  '\x80',
  '\xff\xfe',
  '%s%n',
  '::',
].map((token) => Buffer.from(token, 'latin1'));

/** One to eight random edits: bytes changed, removed, repeated, swapped in from another message, tokens put in. */
export function mutate(message: Buffer, other: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes = message;
  for (let edit = below(8); edit >= 0; edit -= 1) {
    const at = below(bytes.length + 1);
    const end = Math.min(bytes.length, at + below(random() < 0.9 ? 8 : 400));
    const before = bytes.subarray(0, at);
    const cut = bytes.subarray(at, end);
    const after = bytes.subarray(end);
    const piece = other.subarray(below(other.length), below(other.length));
    const token = TOKENS[below(TOKENS.length)] ?? Buffer.alloc(0);
    const edits = [
      () => [before, Buffer.from([below(256)]), bytes.subarray(at + 1)],
      () => [before, after],
      () => [before, ...Array.from({ length: 1 + below(20) }, () => cut), after],
      () => [before, piece, after],
      () => [before, token, bytes.subarray(at)],
      () => [before, ...Array.from({ length: 1 + below(2_000) }, () => token), bytes.subarray(at)],
    ];
    const chosen = edits[below(edits.length)];
    if (chosen) bytes = Buffer.concat(chosen()).subarray(0, 65_535);
  }
  return bytes;
}
