import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ReceivedCall } from '../../src/phone/received-call.ts';
import { hears } from '../support/hears.ts';
import { destinationOf, openRingingScene, type RingingScene } from '../support/ringing-scene.ts';
import { tone } from '../support/tones.ts';
import { until } from '../support/until.ts';
import { boundUdpPorts } from './process-vitals.ts';

const TRANSFERS = 200;
/** A call that is put through takes two pairs of ports: four calls' worth, so that leaked ones are missed at once. */
const RTP_PORTS = { from: 23_000, to: 23_015 };
const LIMIT_MS = 10_000;
/** Who leaves first, and how a transfer ends otherwise, in turn. */
const WAYS = ['operator', 'caller', 'busy', 'caller-while-ringing'] as const;

let scene: RingingScene;

before(async () => {
  scene = await openRingingScene({ OFFHOOK_RTP_PORTS: `${RTP_PORTS.from}-${RTP_PORTS.to}` });
});
after(() => scene.close());

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

async function transferOnce(
  way: (typeof WAYS)[number],
  user: string,
  dial: () => Promise<Caller>,
): Promise<void> {
  const { operator } = scene;
  operator.manner =
    way === 'busy'
      ? { does: 'refuse', status: 486 }
      : way === 'caller-while-ringing'
        ? { does: 'ring' }
        : { does: 'answer' };
  const caller = await dial();
  const desk: ReceivedCall = await operator.call(LIMIT_MS, operator.calls.length);
  assert.equal(desk.session.request.uri.user, user);
  if (way === 'busy') {
    // He is told, and need not listen to it.
    await caller.answered;
    await caller.hangup();
  } else if (way === 'caller-while-ringing') {
    caller.cancel();
    await assert.rejects(caller.answered);
    await desk.whenEnded(LIMIT_MS);
  } else {
    await caller.answered;
    const heard = hears(desk.media, 600);
    caller.media.play(tone(600, 200));
    await heard;
    const [first, other] = way === 'operator' ? [desk, caller] : [caller, desk];
    await first.hangup();
    await other.whenEnded(LIMIT_MS);
  }
  await Promise.all([caller.media.close(), desk.media.close()]);
}

type Caller = Awaited<ReturnType<RingingScene['phone']['dial']>>;

test(`${TRANSFERS} transfers in a row leave no leg, port or timer behind`, async () => {
  const user = 'desk';
  const destination = destinationOf(scene.operator, user);
  const number = await scene.number({
    hooks: [{ on: 'call.ringing', do: [{ type: 'transfer', destination }] }],
  });
  const round = async (count: number) => {
    for (let made = 0; made < count; made += 1)
      await transferOnce(WAYS[made % WAYS.length] ?? 'operator', user, () => number.dial());
    await until('all calls have ended', () => scene.exchange.offhook.activeCalls === 0, LIMIT_MS);
  };
  const isQuiet = async () => (await boundUdpPorts(RTP_PORTS)).length === 0;
  await round(WAYS.length);
  await until('the first round has left nothing', isQuiet, 60_000);
  const before = timers();
  await round(TRANSFERS);
  await until('no port is bound', isQuiet, LIMIT_MS);
  // Transactions are remembered for 32 s (RFC 3261 timers H, J and K).
  await until('no timer is left', () => timers() <= before, 60_000);
});
