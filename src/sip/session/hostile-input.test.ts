import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import { FakeDns } from '../resolver/fake-dns.ts';
import { ANSWER, OFFER, RawPeer, TestAgent, until } from './test-support.ts';

const MESSAGES = 3000;
/** Sent between two looks at the answers, fewer than a socket's buffer holds. */
const BURST = 100;

/** The same numbers on each run (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Cuts, doubles, swaps and overwrites pieces of a message. */
function mutate(text: string, random: (below: number) => number): string {
  let mutated = text;
  for (let round = random(4); round >= 0; round -= 1) {
    const at = random(mutated.length);
    const length = random(20);
    const piece = mutated.slice(at, at + length);
    const filler =
      ['', piece + piece, '\r\n', '\0', ';', '"', '<', '99999999999', '\u00ff', ':'][random(10)] ?? '';
    mutated = mutated.slice(0, at) + filler + mutated.slice(at + length);
  }
  return mutated;
}

it('a user agent survives thousands of damaged messages, logs no fault of its own, and still answers', async () => {
  const faults: unknown[] = [];
  const logger: Logger = { ...silentLogger, error: (fields) => faults.push(fields), child: () => logger };
  const clock = new FakeClock();
  const agent = await TestAgent.start({
    clock,
    logger,
    // Damaged host names must not become questions to a name server.
    dns: new FakeDns({}),
    handlers: {
      admit: () => 'accept',
      onInvite: (session) => {
        session.onOffer = () => ANSWER;
        session.ring();
        session.accept(ANSWER).catch(() => {});
      },
    },
  });
  const raw = await RawPeer.open(agent.userAgent.udpPort, { tolerant: true });
  const random = randomFrom(20_260_101);
  const methods = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'REGISTER'];
  for (let sent = 0; sent < MESSAGES; sent += 1) {
    const call = random(40);
    const text = raw.requestText({
      method: methods[random(methods.length)] ?? 'INVITE',
      branch: `z9hG4bK${random(200)}`,
      callId: `call-${call}`,
      cseq: random(5),
      body: random(2) ? OFFER : '',
      headers: random(3) ? [] : ['Record-Route: <sip:192.0.2.1;lr>', 'Require: x', 'Expires: 3'],
    });
    const status = random(10)
      ? ''
      : `SIP/2.0 ${100 + random(600)} Odd\r\n${text.slice(text.indexOf('\r\n') + 2)}`;
    raw.send(mutate(status || text, random));
    if (sent % BURST !== 0) continue;
    const before = raw.responses(200).length;
    raw.request({ method: 'OPTIONS', branch: `z9hG4bKprobe${sent}`, callId: `probe-${sent}` });
    await until(() => raw.responses(200).length > before, 'an answer in between');
    clock.advance(1000);
  }
  clock.advance(120_000);
  assert.deepEqual(faults, []);
  const probes = raw.responses(200).length;
  raw.request({ method: 'OPTIONS', branch: 'z9hG4bKlast', callId: 'last' });
  await raw.response(200, probes);
  raw.close();
  await agent.close();
  assert.equal(clock.pendingCount, 0);
});
