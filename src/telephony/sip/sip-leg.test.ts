import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from '../../lib/emitter.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { InviteServerSession, SessionEnd } from '../../sip/session/session.ts';
import { DEFAULT_MEDIA_POLICY } from './media-policy.ts';
import { negotiate } from './negotiation.ts';
import { SipLeg, type SipLegOptions } from './sip-leg.ts';

const CANCELLED: SessionEnd = { by: 'peer', cancelled: true, status: 487 };

const ANSWER: NonNullable<SipLegOptions['first']> = {
  sdp: 'v=0',
  media: {
    remoteAddress: '192.0.2.1',
    remotePort: 4000,
    remoteRtcpPort: 4001,
    codec: 'PCMU',
    payloadType: 0,
    ptimeMs: 20,
    direction: 'sendrecv',
  },
};

function legOf(end: SessionEnd | undefined, first?: SipLegOptions['first'], hops: string[] = ['9']) {
  const ended = new Emitter<SessionEnd>();
  let rang = false;
  /** What was done to session and media, in order. */
  const done: string[] = [];
  const session = {
    end,
    ended,
    source: { address: '192.0.2.1', port: 5060 },
    request: { headers: hops.map((value) => ({ name: 'Max-Forwards', value })) },
    infos: new Emitter(),
    ring: () => {
      rang = true;
    },
    progress: (sdp: string) => done.push(`183 ${sdp}`),
    accept: async (sdp: string) => {
      done.push(`200 ${sdp}`);
    },
  } as unknown as InviteServerSession;
  const media = { configure: () => done.push('configure') } as unknown as MediaSession;
  const leg = new SipLeg({
    carrier: 'sip',
    mayTransfer: false,
    session,
    media,
    negotiation: negotiate({ address: '127.0.0.1', port: 40_000, sessionId: 1 }, DEFAULT_MEDIA_POLICY, 'off'),
    dialled: 'bakery',
    customer: {},
    headers: {},
    first,
  });
  return { leg, ended, done, rang: () => rang };
}

test('a caller who gave up before the leg was made has left it, and nothing rings', async () => {
  const { leg, rang } = legOf(CANCELLED);
  assert.deepEqual(leg.end, { by: 'peer', cancelled: true, code: 487 });
  leg.ring();
  assert.equal(rang(), false);
  await assert.rejects(leg.answer(), { status: 487 });
});

test('the end of a leg is told once, and known to whoever asks later', () => {
  const { leg, ended } = legOf(undefined);
  const told: unknown[] = [];
  leg.ended.on((end) => told.push(end));
  ended.emit(CANCELLED);
  ended.emit({ by: 'failure' });
  assert.deepEqual(told, [{ by: 'peer', cancelled: true, code: 487 }]);
  assert.deepEqual(leg.end, told[0]);
});

test('early media is set up before the 183 that opens it, once, and the 200 has the same answer', async () => {
  const { leg, done } = legOf(undefined, ANSWER);
  assert.equal(leg.openEarlyMedia(), true);
  assert.equal(leg.openEarlyMedia(), true);
  await leg.answer();
  assert.deepEqual(done, ['configure', '183 v=0', '200 v=0']);
  assert.equal(leg.openEarlyMedia(), false, 'nothing is early after the answer');
});

test('a caller who made no offer, or has left, cannot hear early media', () => {
  const { leg, done } = legOf(undefined);
  assert.equal(leg.openEarlyMedia(), false);
  assert.equal(legOf(CANCELLED, ANSWER).leg.openEarlyMedia(), false);
  assert.deepEqual(done, []);
});

test('a leg tells how many hops its INVITE had left, or the 70 of one that does not say', () => {
  assert.equal(legOf(undefined).leg.maxForwards, 9);
  assert.equal(legOf(undefined, undefined, []).leg.maxForwards, 70);
});
