import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createUserAgent, type InviteClientSession, type UserAgent } from '../../src/sip/index.ts';
import { needsPeer } from '../support/peers.ts';
import { startSippOperator } from '../support/sipp.ts';
import { until } from '../support/until.ts';

/** Longer than the 500 ms of RFC 3261, so that no copy of a request of ours comes between two steps of a scenario. */
const TIMERS = { t1Ms: 2_000 };
const ACCOUNT = { username: 'exchange', password: 'trunk-password-of-the-tests', realm: 'trunk.test' };
/** How long a call is up where the scenario wants it to last, in milliseconds. */
const TALK_MS = 500;
const REFER_TO = { referTo: '<sip:carol@192.0.2.9>' };
const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n';

interface Scenario {
  title: string;
  /** What we do once we have called; unset: we await the answer and hang up. */
  act?: (session: InviteClientSession) => Promise<unknown>;
  /** Whether we invite without an offer. */
  isLate?: boolean;
  /** Behaviour of one transport alone. */
  only?: 'tcp';
  /** Whether copies of our requests are steps of the scenario; else sipp passes them over. */
  seesCopies?: boolean;
}

const answeredThen =
  (during: (session: InviteClientSession) => unknown) =>
  async (session: InviteClientSession): Promise<void> => {
    await session.answered;
    await during(session);
    await session.bye();
  };

const rejected =
  (status: number) =>
  (session: InviteClientSession): Promise<void> =>
    assert.rejects(session.answered, { name: 'SipRejection', status });

/** For what the other side has to say after its answer. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, TALK_MS));

const heldUp = (session: InviteClientSession): Promise<unknown> =>
  until('the other side has hung up', () => session.end?.by === 'peer');

async function cancelled(session: InviteClientSession): Promise<void> {
  session.cancel();
  await assert.rejects(session.answered, { status: 487 });
}

async function cancelledOnceItRings(session: InviteClientSession): Promise<void> {
  await new Promise<void>((resolve) => session.provisionals.on(({ status }) => status === 180 && resolve()));
  await cancelled(session);
}

/** What each scenario in `sipp/` proves of the calls that the stack places. */
const SCENARIOS: Record<string, Scenario> = {
  'operator-forks': {
    title: 'two forks that answer: the second is hung up on',
    act: answeredThen(aWhile),
  },
  'operator-answers-cancel': {
    title: 'an answer that crosses our CANCEL is acknowledged and ended',
    act: cancelledOnceItRings,
  },
  'operator-repeats-answer': {
    title: 'each copy of the answer gets its ACK',
    act: answeredThen(aWhile),
    seesCopies: true,
  },
  'operator-refuses-bye': { title: 'a BYE that gets 481 has ended the call' },
  'operator-record-routes': { title: 'a recorded route is taken in reverse' },
  'operator-behind-strict-router': { title: 'a strict router gets its URI as request URI' },
  'operator-rings-reliably': { title: 'reliable provisional responses get their PRACKs' },
  'operator-skips-a-number': { title: 'a reliable response out of order gets no PRACK' },
  'operator-wants-longer-sessions': { title: '422 raises the interval of the session' },
  'operator-holds': {
    title: 'who was called holds and resumes',
    act: async (session) => {
      await session.answered;
      await heldUp(session);
    },
  },
  'operator-updates-early': { title: 'an UPDATE in the early dialog is answered' },
  'operator-takes-refer': {
    title: 'our REFER is told how its call went',
    act: answeredThen(async (session) => {
      const referral = await session.refer(REFER_TO);
      assert.equal(await referral.settled, 200);
    }),
  },
  'operator-refuses-refer': {
    title: 'our REFER that is declined leaves the call as it was',
    act: answeredThen((session) => assert.rejects(session.refer(REFER_TO), { status: 603 })),
  },
  'operator-fails-referral': {
    title: 'our REFER is told that its call failed',
    act: answeredThen(async (session) => {
      const referral = await session.refer(REFER_TO);
      assert.equal(await referral.settled, 486);
    }),
  },
  'operator-notifies-unasked': {
    title: 'a NOTIFY that nobody asked for gets 481',
    act: async (session) => {
      await session.answered;
      await heldUp(session);
    },
  },
  'operator-offers': { title: "the called party's offer is answered in the ACK", isLate: true },
  'operator-refuses-account': { title: 'a wrong account is not tried for ever', act: rejected(407) },
  'operator-nonce-grows-old': { title: 'a stale nonce is followed by the next one' },
  'operator-of-another-realm': { title: 'a foreign realm gets no credentials', act: rejected(407) },
  'operator-speaks-then-refuses': { title: 'a refusal after early media ends the call', act: rejected(486) },
  'operator-makes-no-dialog': { title: 'an answer without Contact is a failure', act: rejected(502) },
  'operator-drops-connection': {
    title: 'a connection that breaks is a failure',
    act: rejected(503),
    only: 'tcp',
  },
  'operator-rings-in-silence': { title: 'CANCEL waits for a provisional response', act: cancelled },
};

describe('the stack calls sipp', { concurrency: 8, ...needsPeer('sipp') }, () => {
  let userAgent: UserAgent;

  before(async () => {
    userAgent = createUserAgent({
      bindAddress: '127.0.0.1',
      port: 0,
      timers: TIMERS,
      handlers: { admit: () => 'drop', onInvite: (session) => session.reject(403) },
    });
    await userAgent.start();
  });

  after(async () => {
    const up = userAgent.sessionCount;
    await userAgent.close();
    assert.equal(up, 0, 'every session has ended');
  });

  for (const transport of ['udp', 'tcp'] as const) {
    for (const [
      scenario,
      { title, only, isLate, seesCopies, act = answeredThen(() => {}) },
    ] of Object.entries(SCENARIOS)) {
      if (only !== undefined && only !== transport) continue;
      test(`${title} over ${transport}`, async () => {
        const operator = await startSippOperator({
          scenario,
          transport,
          ...(seesCopies !== undefined && { seesCopies }),
        });
        const session = userAgent.invite({
          uri: `sip:operator@127.0.0.1:${operator.port};transport=${transport}`,
          from: { uri: 'sip:exchange@stack.test' },
          sdp: isLate ? undefined : SDP,
          credentials: ACCOUNT,
        });
        session.onOffer = () => SDP;
        await Promise.all([act(session), operator.finished]);
        await until('the session has ended', () => session.end);
      });
    }
  }
});
