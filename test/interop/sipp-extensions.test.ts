import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createUserAgent, type InviteServerSession, type UserAgent } from '../../src/sip/index.ts';
import { needsPeer } from '../support/peers.ts';
import { runSipp } from '../support/sipp.ts';

/** A short T1, so that what is sent again comes soon. */
const T1_MS = 100;
/** Session intervals of seconds instead of minutes. */
const MIN_SESSION_SECONDS = 2;
/** How long the agent rings where the caller has something to say meanwhile, in milliseconds. */
const RING_MS = 500;
const ANSWER =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n';

/** What each scenario in `sipp/` proves of the stack's extensions. */
const SCENARIOS: Record<string, string> = {
  prack: 'provisional responses go reliably to who requires it',
  'prack-lost': 'a reliable 180 comes again until its PRACK',
  'prack-unknown': 'a PRACK that acknowledges nothing gets 481',
  refer: 'a REFER gets 202 and two NOTIFYs',
  'refer-silent': 'a REFER with Refer-Sub: false gets no NOTIFY',
  'refer-without-target': 'a REFER without Refer-To gets 400',
  update: 'UPDATE refreshes the call and carries an offer',
  'update-while-ringing': 'an UPDATE with an offer meets an open one: 500 with Retry-After',
  'session-interval-too-small': 'too short a session interval gets 422 with Min-SE',
  'session-refresh-lost': 'a session that its caller does not refresh ends with BYE',
  'session-refreshed-by-us': 'a session that is ours to refresh is refreshed by UPDATE',
  'session-refreshed-by-caller': 'a session lives while its caller refreshes it',
  'session-refreshed-by-reinvite': 'a session whose caller takes no UPDATE is refreshed by a re-INVITE',
  'session-refresh-refused': 'a refresh that the caller knows no dialog for ends the call',
  'session-refresh-unanswered': 'a refresh that is lost ends the call',
  'replaces-unknown': 'an INVITE that replaces no dialog of ours gets 481',
};

/** Rings, lets the caller hear it, answers; `update-while-ringing` is rung for a while instead. */
async function receive(session: InviteServerSession): Promise<void> {
  session.onOffer = () => ANSWER;
  session.onRefer = (referral) => {
    referral.accept();
    referral.notify(200, 'OK');
  };
  session.ring();
  if (session.request.uri.user === 'update-while-ringing') {
    await new Promise((resolve) => setTimeout(resolve, RING_MS));
  } else {
    session.progress(ANSWER);
  }
  await session.accept(ANSWER);
}

describe('sipp and the extensions of the stack', { concurrency: 6, ...needsPeer('sipp') }, () => {
  let userAgent: UserAgent;
  const failures: unknown[] = [];

  before(async () => {
    userAgent = createUserAgent({
      bindAddress: '127.0.0.1',
      port: 0,
      timers: { t1Ms: T1_MS },
      minSessionExpiresSeconds: MIN_SESSION_SECONDS,
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
    assert.deepEqual(failures, [], 'every call was answered');
  });

  for (const transport of ['udp', 'tcp'] as const) {
    for (const [scenario, title] of Object.entries(SCENARIOS)) {
      test(`${title} over ${transport}`, async () => {
        const { messages } = await runSipp({ scenario, transport, user: scenario, port: userAgent.udpPort });
        assert.ok(messages.length > 0);
      });
    }
  }
});
