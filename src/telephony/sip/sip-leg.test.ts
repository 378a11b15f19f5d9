import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from '../../lib/emitter.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { InviteServerSession, SessionEnd } from '../../sip/session/session.ts';
import { negotiate } from './negotiation.ts';
import { SipLeg } from './sip-leg.ts';

const CANCELLED: SessionEnd = { by: 'peer', cancelled: true, status: 487 };

function legOf(end: SessionEnd | undefined) {
  const ended = new Emitter<SessionEnd>();
  let rang = false;
  const session = {
    end,
    ended,
    infos: new Emitter(),
    ring: () => {
      rang = true;
    },
  } as unknown as InviteServerSession;
  const leg = new SipLeg({
    session,
    media: {} as MediaSession,
    negotiation: negotiate({ address: '127.0.0.1', port: 40_000, sessionId: 1 }),
    dialled: 'bakery',
    customer: {},
    headers: {},
    first: undefined,
  });
  return { leg, ended, rang: () => rang };
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
