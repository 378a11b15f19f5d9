import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import { topVia } from '../../src/sip/message/headers.ts';
import { parseMessage } from '../../src/sip/message/parser.ts';
import { StreamFramer } from '../../src/sip/message/stream-framer.ts';
import { CpuBudget } from './cpu-budget.ts';
import { handle } from './handle-datagram.ts';
import { mutate, SIP_CORPUS, seededRandom } from './sip-corpus.ts';

/** Fits about 3 s of CPU; `OFFHOOK_FUZZ_ROUNDS` and `OFFHOOK_FUZZ_SEED` make another run of it. */
const ROUNDS = Number(process.env.OFFHOOK_FUZZ_ROUNDS ?? 20_000);
const SEED = Number(process.env.OFFHOOK_FUZZ_SEED ?? 4475);

const SOUND = SIP_CORPUS.filter((message) => parseMessage(message).ok);

function assertHarmless(datagram: Buffer, name: string, budget = new CpuBudget()): void {
  const describe = () => `${name}: ${JSON.stringify(datagram.toString('latin1').slice(0, 2_000))}`;
  budget.spend(() => handle(datagram), describe);
}

test('the messages that the mutations start from are sound', () => {
  const malformed = SIP_CORPUS.flatMap((message, index) => (parseMessage(message).ok ? [] : [index + 1]));
  // The INFO has headers in its request URI; of what has hurt, two are refused at the door.
  assert.deepEqual(malformed, [3, 22, 26]);
});

test(`mutated messages are answered or dropped, never thrown at, each in bounded time (seed ${SEED})`, (t) => {
  const random = seededRandom(SEED);
  const pick = (): Buffer => SIP_CORPUS[Math.floor(random() * SIP_CORPUS.length)] ?? Buffer.alloc(0);
  const budget = new CpuBudget();
  let accepted = 0;
  let answered = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const datagram = mutate(pick(), pick(), random);
    assertHarmless(datagram, `round ${round}`, budget);
    const result = parseMessage(datagram);
    if (result.ok) accepted += 1;
    else if (result.status !== undefined) answered += 1;
  }
  t.diagnostic(`${budget}`);
  budget.assertKept();
  // A mutator that breaks everything, or nothing, would test nothing.
  assert.ok(accepted > ROUNDS / 20 && answered > ROUNDS / 20, `${accepted} accepted, ${answered} answered`);
});

test('whatever is answered can be read by the sender as a response with the branch it sent', () => {
  const random = seededRandom(SEED + 1);
  let responses = 0;
  for (let round = 0; round < ROUNDS / 10; round += 1) {
    const datagram = mutate(SIP_CORPUS[0] ?? Buffer.alloc(0), SIP_CORPUS[1] ?? Buffer.alloc(0), random);
    // Bytes that are no UTF-8 grow when they are echoed, and may pass a limit then.
    if (!isUtf8(datagram)) continue;
    const sent = parseMessage(datagram);
    const answer = handle(datagram);
    if (!answer || !sent.ok || sent.message.kind !== 'request') continue;
    const read = parseMessage(answer);
    assert.ok(read.ok && read.message.kind === 'response', answer.toString());
    assert.equal(topVia(read.message)?.branch, topVia(sent.message)?.branch);
    responses += 1;
  }
  assert.ok(responses > ROUNDS / 200, `${responses} responses`);
});

const INVITE = SIP_CORPUS[0]?.toString('utf8') ?? '';
const withHeader = (header: string): Buffer =>
  Buffer.from(INVITE.replace('Allow:', `${header}\r\nAllow:`), 'latin1');
const LONG = 33_000;

/** One field blown up or bent at a time, as the PROTOS suite for SIP does it. */
const ANOMALIES: [string, Buffer][] = [
  ['a 33 KB header', withHeader(`Subject: ${'a'.repeat(LONG)}`)],
  ['a 33 KB header name', withHeader(`${'a'.repeat(LONG)}: x`)],
  ['a 33 KB header of commas', withHeader(`Contact: ${','.repeat(LONG)}`)],
  ['a 33 KB folded header', withHeader(`Subject: a${'\r\n a'.repeat(LONG / 4)}`)],
  ['8 KB of commas in Via', withHeader(`Via: ${','.repeat(8_000)}`)],
  ['8 KB of semicolons in Via', withHeader(`Via: SIP/2.0/UDP a${';'.repeat(8_000)}`)],
  ['8 KB of quotes in Contact', withHeader(`Contact: ${'"'.repeat(8_000)}`)],
  ['8 KB of backslashes in From', Buffer.from(INVITE.replace('From: "', `From: "${'\\'.repeat(8_000)}`))],
  ['8 KB of spaces in From', Buffer.from(INVITE.replace('From:', `From:${' '.repeat(8_000)}`))],
  ['8 KB of < in Contact', withHeader(`Contact: ${'<'.repeat(8_000)}`)],
  ['2,000 parameters', withHeader(`Contact: <sip:a@b>${';a=b'.repeat(2_000)}`)],
  ['2,000 URI parameters', withHeader(`Contact: <sip:a@b${';a=b'.repeat(2_000)}>`)],
  ['2,000 URI headers', withHeader(`Contact: <sip:a@b?${'a=b&'.repeat(2_000)}>`)],
  ['8 KB of escapes in Contact', withHeader(`Contact: <sip:${'%41'.repeat(2_600)}@b>`)],
  ['10,000 Via lines', withHeader('Via: SIP/2.0/UDP a;branch=z9hG4bKx\r\n'.repeat(1_000).trimEnd())],
  ['1,000 Via values in a few lines', withHeader(`Via: ${'SIP/2.0/UDP a,'.repeat(500)}`)],
  ['20,000 empty headers', withHeader('a:\r\n'.repeat(10_000).trimEnd())],
  [
    '55 KB of users beyond ASCII',
    Buffer.from(
      INVITE.replace(
        'Allow:',
        `${['Contact', 'Route', 'Record-Route', 'P-Asserted-Identity', 'Contact', 'Route', 'Contact']
          .map((name) => `${name}: <sip:${'\xff\xfe'.repeat(4_000)}@a;lr>\r\n`)
          .join('')}Allow:`,
      ),
      'latin1',
    ),
  ],
  ['a 60 KB request URI', Buffer.from(INVITE.replace('sip:+1202', `sip:${'a'.repeat(60_000)}`))],
  ['a 60 KB method', Buffer.from('I'.repeat(60_000) + INVITE)],
  ['a 60 KB status line', Buffer.from(`SIP/2.0 200 ${'a'.repeat(60_000)}\r\n\r\n`)],
  ['60 KB of spaces', Buffer.alloc(60_000, ' ')],
  ['60 KB of line ends', Buffer.alloc(60_000, '\r\n')],
  ['60 KB of NUL', Buffer.alloc(60_000)],
  ['60 KB of 0xff', Buffer.alloc(60_000, 0xff)],
  ['nothing', Buffer.alloc(0)],
  [
    'a body of SDP attributes',
    Buffer.from(INVITE.replace('a=ptime:20\r\n', 'a=rtpmap:96 x/8000\r\n'.repeat(400))),
  ],
  ...['-1', '4294967296', '0x10', '1e3', '', '%d%s%n', '9'.repeat(1_000)].flatMap(
    (bad): [string, Buffer][] => [
      [
        `Content-Length ${bad.slice(0, 20)}`,
        Buffer.from(INVITE.replace(/Content-Length: \d+/, `Content-Length: ${bad}`)),
      ],
      [`CSeq ${bad.slice(0, 20)}`, Buffer.from(INVITE.replace('CSeq: 16453', `CSeq: ${bad}`))],
      [
        `Max-Forwards ${bad.slice(0, 20)}`,
        Buffer.from(INVITE.replace('Max-Forwards: 66', `Max-Forwards: ${bad}`)),
      ],
      [`port ${bad.slice(0, 20)}`, Buffer.from(INVITE.replace('10:5060', `10:${bad}`))],
    ],
  ),
];

/** Odd but sound, or in a place that nobody reads. */
const ACCEPTED = new Set([
  '8 KB of commas in Via',
  '8 KB of semicolons in Via',
  '8 KB of backslashes in From',
  '8 KB of spaces in From',
  '8 KB of escapes in Contact',
  '55 KB of users beyond ASCII',
  'a body of SDP attributes',
]);

for (const [name, datagram] of ANOMALIES) {
  const isAccepted = ACCEPTED.has(name);
  test(`${name}: ${isAccepted ? 'accepted' : 'answered with an error or dropped'}, in bounded time`, () => {
    assertHarmless(datagram, name);
    assert.equal(parseMessage(datagram).ok, isAccepted);
  });
}

test('a stream of mutated messages, cut at random, ends in messages or one error', () => {
  const random = seededRandom(SEED + 2);
  for (let round = 0; round < ROUNDS / 20; round += 1) {
    const first = SOUND[round % SOUND.length] ?? Buffer.alloc(0);
    const stream = Buffer.concat([first, mutate(first, first, random), first]);
    const framer = new StreamFramer();
    const kinds: string[] = [];
    for (let at = 0; at < stream.length; ) {
      const end = at + 1 + Math.floor(random() * 700);
      for (const event of framer.push(stream.subarray(at, end))) {
        kinds.push(event.kind);
        if (event.kind === 'message') handle(Buffer.from(event.bytes));
      }
      at = end;
    }
    assert.equal(kinds[0], 'message');
    assert.ok(kinds.filter((kind) => kind === 'error').length <= 1);
    assert.ok(!kinds.includes('error') || kinds.at(-1) === 'error');
  }
});
