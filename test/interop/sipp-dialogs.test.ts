import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { DigestVerifier } from '../../src/sip/auth/digest-verifier.ts';
import { NONCE_LIFETIME_MS } from '../../src/sip/auth/nonce.ts';
import {
  createUserAgent,
  type InviteServerSession,
  type SessionEnd,
  type UserAgent,
} from '../../src/sip/index.ts';
import { needsPeer } from '../support/peers.ts';
import { runSipp, type SippRun } from '../support/sipp.ts';

/** A short T1 and a T2 in proportion, so that 64 * T1 are some seconds. */
const TIMERS = { t1Ms: 100, t2Ms: 800 };
const ACCOUNT = { realm: 'stack.test', username: 'phone', password: 'correct-horse-battery-staple' };
const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n';

/** What the called party does beside answering; a scenario that is not here is answered at once. */
type Manner = 'rings' | 'rings-a-while' | 'speaks-early' | 'refuses' | 'hangs-up' | 'asks-again';

interface Scenario {
  title: string;
  manner?: Manner;
  /** Behaviour of one transport alone. */
  only?: 'udp' | 'tcp';
  /** How the last session of the scenario ended; unset: the caller hung up. */
  end?: Partial<SessionEnd>;
}

const BY_CALLER = { by: 'peer' } as const;
const CANCELLED = { by: 'peer', cancelled: true, status: 487 } as const;

/** What each scenario in `sipp/` proves of transactions and dialogs. */
const SCENARIOS: Record<string, Scenario> = {
  'answer-lost-seven-times': { title: 'a 200 that is lost seven times comes an eighth time' },
  'reinvite-ack-lost': {
    title: 'a re-INVITE whose ACK never comes ends the call',
    end: { by: 'failure', status: 408 },
  },
  'prack-never': {
    title: 'a reliable 180 without its PRACK ends in 504',
    manner: 'rings',
    end: { by: 'failure', status: 504 },
  },
  // Over TCP nothing is sent again: timers I and J are 0, and what is over is forgotten at once.
  'cancel-repeated': {
    title: 'a second CANCEL gets its 200 again',
    manner: 'rings',
    only: 'udp',
    end: CANCELLED,
  },
  'cancel-overtakes-invite': { title: 'a CANCEL before its INVITE gets 481, and the INVITE is answered' },
  'cancel-of-another-branch': {
    title: 'a CANCEL of another branch gets 481, and the call is answered',
    manner: 'rings-a-while',
  },
  'cancel-with-reason': {
    title: 'the Reason of a CANCEL is handed on',
    manner: 'rings',
    end: { ...CANCELLED, reason: 'SIP;cause=200;text="Call completed elsewhere"' },
  },
  'cancel-after-early-media': {
    title: 'a CANCEL after early media ends the call',
    manner: 'speaks-early',
    end: CANCELLED,
  },
  'repeated-invite-cancelled': {
    title: 'a copy of a cancelled INVITE gets 487 again',
    manner: 'rings',
    end: CANCELLED,
    only: 'udp',
  },
  'refusal-repeated': {
    title: 'a refusal is repeated until its ACK',
    manner: 'refuses',
    end: { by: 'us', status: 486 },
    only: 'udp',
  },
  'reinvite-then-bye': { title: 'a BYE before the ACK of a re-INVITE ends the call' },
  'bye-overtakes-reinvite': { title: 'a re-INVITE that its BYE has overtaken gets 481' },
  'byes-cross': { title: 'two BYEs that cross are both answered', manner: 'hangs-up', end: { by: 'us' } },
  'reinvite-crosses-our-bye': {
    title: 'a re-INVITE that crosses our BYE gets 481',
    manner: 'hangs-up',
    end: { by: 'us' },
  },
  'update-while-reinviting': { title: 'an UPDATE with an offer meets our own one: 491' },
  'sequence-out-of-order': { title: 'a request with an older number gets 500, and the call goes on' },
  'repeated-bye': { title: 'a copy of a BYE gets 200 again', only: 'udp' },
  'info-package-unknown': { title: 'an INFO of an unknown package gets 469' },
  'options-in-call': { title: 'OPTIONS in a call gets 200 with Allow' },
  'methods-in-call': { title: 'MESSAGE in a call gets 405, an unknown method 501' },
  'unknown-extension-in-call': { title: 'a re-INVITE that requires what we lack gets 420' },
  replaces: { title: 'an INVITE with Replaces takes a call over' },
  'replaces-answered-early-only': { title: 'Replaces with early-only of an answered call gets 486' },
  'replaces-outside-invite': { title: 'Replaces outside an INVITE gets 400, and the call goes on' },
  'late-offer-unanswered': {
    title: 'an ACK without the answer to our offer ends the call',
    end: { by: 'failure', status: 488 },
  },
  glare: { title: 'our re-INVITE that got 491 is sent again', manner: 'asks-again' },
  'overlapping-invites': {
    title: 'a re-INVITE while ours is under way gets 491',
    manner: 'asks-again',
  },
  'expires-while-ringing': {
    title: 'an INVITE whose Expires is over gets 487',
    manner: 'rings',
    end: { status: 487 },
  },
};

/** How long the called party rings where the caller has something to say meanwhile, in milliseconds. */
const RING_MS = 500;

describe('dialogs of sipp with the stack', { concurrency: 8, ...needsPeer('sipp') }, () => {
  let userAgent: UserAgent;
  const failures: unknown[] = [];
  /** How each session ended, by the user that was called. */
  const ends = new Map<string, SessionEnd>();

  async function receive(session: InviteServerSession): Promise<void> {
    const user = session.request.uri.user ?? '';
    const [scenario = ''] = user.split('.');
    session.ended.on((end) => ends.set(user, end));
    session.onOffer = () => SDP;
    const manner = SCENARIOS[scenario]?.manner;
    if (manner === 'refuses') return session.reject(486);
    if (manner === 'speaks-early') return session.progress(SDP);
    session.ring();
    if (manner === 'rings') return;
    if (manner === 'rings-a-while') await new Promise((resolve) => setTimeout(resolve, RING_MS));
    const isToFail = SCENARIOS[scenario]?.end?.by === 'failure';
    await session.accept(SDP).catch((error) => {
      if (!isToFail && scenario !== 'replaces-answered-early-only') throw error;
    });
    if (manner === 'hangs-up') await session.bye();
    if (manner === 'asks-again') await session.reinvite(SDP);
  }

  before(async () => {
    userAgent = createUserAgent({
      bindAddress: '127.0.0.1',
      port: 0,
      timers: TIMERS,
      handlers: {
        admit: () => 'accept',
        onInvite: (session) => void receive(session).catch((error) => failures.push(error)),
      },
    });
    await userAgent.start();
  });

  after(async () => {
    const up = userAgent.sessionCount;
    await userAgent.close();
    assert.equal(up, 0, 'every session has ended');
    assert.deepEqual(failures, [], 'every call was served');
  });

  for (const transport of ['udp', 'tcp'] as const) {
    for (const [scenario, { title, only, end = BY_CALLER }] of Object.entries(SCENARIOS)) {
      if (only !== undefined && only !== transport) continue;
      test(`${title} over ${transport}`, async () => {
        const user = `${scenario}.${transport}`;
        await runSipp({ scenario, transport, user, port: userAgent.udpPort });
        const found = ends.get(user) ?? assert.fail('the session has not ended');
        assert.deepEqual({ ...found, ...end }, found);
      });
    }

    test(`a malformed Replaces gets 400 over ${transport}`, async () => {
      const scenario = 'replaces-malformed';
      await runSipp({ scenario, transport, user: scenario, port: userAgent.udpPort });
      assert.equal(ends.has(scenario), false, 'it makes no session');
    });
  }
});

describe('a caller of sipp whose nonce grows old', needsPeer('sipp'), () => {
  const clock = new FakeClock();
  const verifier = new DigestVerifier(clock);
  let userAgent: UserAgent;
  let tries = 0;

  /** The first credentials of a caller come too late. */
  async function receive(session: InviteServerSession): Promise<void> {
    if (session.request.headers.some(({ name }) => name === 'Authorization')) tries += 1;
    if (tries === 1) await clock.advance(NONCE_LIFETIME_MS + 1);
    const verdict = verifier.verify(session.request, ACCOUNT);
    if (verdict === 'ok') return session.accept(SDP);
    const stale = verdict === 'stale';
    const [value = ''] = verifier.challenge(ACCOUNT.realm, { stale, algorithms: ['MD5'] });
    session.reject(401, { headers: [{ name: 'WWW-Authenticate', value }] });
  }

  before(async () => {
    userAgent = createUserAgent({
      bindAddress: '127.0.0.1',
      port: 0,
      handlers: { admit: () => 'accept', onInvite: (session) => void receive(session) },
    });
    await userAgent.start();
  });
  after(() => userAgent.close());

  for (const transport of ['udp', 'tcp'] as const) {
    test(`is told that it is stale, and gets through with the next one over ${transport}`, async () => {
      tries = 0;
      const scenario = 'digest-stale-nonce';
      const credentials = { username: ACCOUNT.username, password: ACCOUNT.password };
      const options = { scenario, transport, user: 'phone', port: userAgent.udpPort, credentials };
      const run: SippRun = await runSipp(options);
      assert.equal(tries, 2);
      const nonces = run.messages.flatMap(
        ({ text }) => /^WWW-Authenticate: .*nonce="([^"]+)"/m.exec(text)?.[1] ?? [],
      );
      assert.equal(new Set(nonces).size, 2, 'each challenge has a nonce of its own');
    });
  }
});
