import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { createUserAgent, type UserAgent } from '../../src/sip/index.ts';
import { readSipMessage, sipMessageFolder } from './sip-messages.ts';
import { type Answers, sendByTcp, sendByUdp } from './torture-sender.ts';

/** What the owner of the stack says to each INVITE that is sound. */
const BUSY = 486;
/** Answers, without the provisional ones; on a stream they may be others, or none where its end cannot be found. */
type Expected = [file: string, section: string, udp: number[], options?: { tcp: number[]; why: string }];

const RFC_4475: Expected[] = [
  ['wsinv.dat', '3.1.1.1', [481], { tcp: [481], why: 'sound, but its To has the tag of a dialog' }],
  ['intmeth.dat', '3.1.1.2', [501]],
  ['esc01.dat', '3.1.1.3', [BUSY]],
  ['escnull.dat', '3.1.1.4', [405]],
  ['esc02.dat', '3.1.1.5', [501]],
  ['lwsdisp.dat', '3.1.1.6', [200]],
  ['longreq.dat', '3.1.1.7', [BUSY]],
  ['dblreq.dat', '3.1.1.8', [405], { tcp: [405, 400], why: 'a stream has two messages in it' }],
  ['semiuri.dat', '3.1.1.9', [200]],
  ['transports.dat', '3.1.1.10', [200]],
  ['mpart01.dat', '3.1.1.11', [405]],
  ['unreason.dat', '3.1.1.12', []],
  ['noreason.dat', '3.1.1.13', []],
  ['badinv01.dat', '3.1.2.1', [400]],
  ['clerr.dat', '3.1.2.2', [400], { tcp: [], why: 'a stream waits for the rest of the body' }],
  ['ncl.dat', '3.1.2.3', [400]],
  ['scalar02.dat', '3.1.2.4', [400]],
  ['scalarlg.dat', '3.1.2.5', []],
  ['quotbal.dat', '3.1.2.6', [400]],
  ['ltgtruri.dat', '3.1.2.7', [400]],
  ['lwsruri.dat', '3.1.2.8', [400]],
  ['lwsstart.dat', '3.1.2.9', [400]],
  ['trws.dat', '3.1.2.10', [400]],
  ['escruri.dat', '3.1.2.11', [400]],
  ['baddate.dat', '3.1.2.12', [BUSY], { tcp: [BUSY], why: 'a Date that nobody reads may be ignored' }],
  ['regbadct.dat', '3.1.2.13', [400]],
  ['badaspec.dat', '3.1.2.14', [400]],
  ['baddn.dat', '3.1.2.15', [400]],
  ['badvers.dat', '3.1.2.16', [505]],
  ['mismatch01.dat', '3.1.2.17', [400]],
  ['mismatch02.dat', '3.1.2.18', [400]],
  ['bigcode.dat', '3.1.2.19', []],
  ['badbranch.dat', '3.2.1', [400]],
  ['insuf.dat', '3.3.1', [400]],
  ['unkscm.dat', '3.3.2', [416]],
  ['novelsc.dat', '3.3.3', [416]],
  ['unksm2.dat', '3.3.4', [405]],
  ['bext01.dat', '3.3.5', [420]],
  ['invut.dat', '3.3.6', [415]],
  ['regaut01.dat', '3.3.7', [405]],
  ['multi01.dat', '3.3.8', [400]],
  ['mcl01.dat', '3.3.9', [400]],
  ['bcast.dat', '3.3.10', []],
  ['zeromf.dat', '3.3.11', [200], { tcp: [200], why: 'it has arrived; only a proxy may say 483' }],
  ['cparam01.dat', '3.3.12', [405]],
  ['cparam02.dat', '3.3.13', [405]],
  ['regescrt.dat', '3.3.14', [405]],
  ['sdp01.dat', '3.3.15', [406]],
  ['inv2543.dat', '3.4.1', [BUSY], { tcp: [], why: 'without Content-Length a stream has no end of it' }],
];

const RFC_5118: Expected[] = [
  ['ipv6-good', '4.1', [405]],
  ['ipv6-bad', '4.2', [400]],
  ['port-ambiguous', '4.3', [405]],
  ['port-unambiguous', '4.4', [405]],
  ['via-received-param-with-delim', '4.5', [481]],
  ['via-received-param-no-delim', '4.5', [200]],
  ['ipv6-in-sdp', '4.6', [BUSY]],
  ['mult-ip-in-header', '4.7', [481]],
  ['mult-ip-in-sdp', '4.8', [BUSY]],
  ['ipv4-mapped-ipv6', '4.9', [BUSY]],
  ['ipv6-bug-abnf-3-colons', '4.10', [400]],
  ['ipv6-correct-abnf-2-colons', '4.10', [200]],
];

/** A stack of its own for each message: two of them with one branch would be one transaction. */
async function answersOf(send: (stack: UserAgent) => Promise<Answers>): Promise<Answers> {
  const stack = createUserAgent({
    bindAddress: '127.0.0.1',
    port: 0,
    handlers: { admit: () => 'accept', onInvite: (session) => session.reject(BUSY) },
  });
  await stack.start();
  try {
    const { statuses, probe } = await send(stack);
    return { statuses: statuses.filter((status) => status >= 200), probe };
  } finally {
    await stack.close();
  }
}

/** Tests on streams bind no port that is named in a message, so several may wait at once. */
const STREAMS_AT_ONCE = 8;

/** Addresses of loopback, so that each suite has the port that the messages name, 5060, to itself. */
for (const [rfc, name, from, cases] of [
  ['RFC 4475', 'rfc4475', '127.0.44.75', RFC_4475],
  ['RFC 5118', 'rfc5118', '127.0.51.18', RFC_5118],
] as const) {
  const folder = sipMessageFolder(name);
  const skip = folder === undefined && 'the RFC messages are not beside the checkout';
  const message = (file: string) => readSipMessage(folder ?? '', file);

  test(`${rfc}: each message has its row`, { skip }, () => {
    assert.deepEqual(cases.map(([file]) => file).sort(), readdirSync(folder ?? '').sort());
  });

  describe(`${rfc}: what the whole stack answers by UDP, and the next request gets its own answer`, {
    skip,
  }, () => {
    for (const [file, section, udp] of cases) {
      test(`section ${section}: ${file} gets ${udp.join() || 'no answer'}`, async () => {
        const answers = await answersOf(({ udpPort }) => sendByUdp(message(file), from, udpPort));
        assert.deepEqual(answers, { statuses: udp, probe: 200 });
      });
    }
  });

  describe(`${rfc}: the same by TCP`, { skip, concurrency: STREAMS_AT_ONCE }, () => {
    for (const [file, section, udp, onStream] of cases) {
      const { tcp, why } = onStream ?? { tcp: udp, why: 'as by UDP' };
      test(`section ${section}: ${file} gets ${tcp.join() || 'no answer'} (${why})`, async () => {
        const answers = await answersOf(({ tcpPort }) => sendByTcp(message(file), from, tcpPort));
        assert.deepEqual(answers, { statuses: tcp, probe: 200 });
      });
    }
  });
}
