import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { headerValue } from '../message/headers.ts';
import type { SipMessage } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import { formatUri } from '../message/uri.ts';
import type { IncomingReferral, InviteServerSession, ReferProgress } from './session.ts';
import { ANSWER, OFFER, RawPeer, TestAgent, until } from './test-support.ts';

const FROM = { uri: 'sip:alice@127.0.0.1' };
const decoder = new TextDecoder();

/** Event, Subscription-State and status line of a NOTIFY. */
function told(message: SipMessage): string[] {
  const headers = ['Event', 'Subscription-State'].map((name) => headerValue(message, name) ?? '');
  return [...headers, decoder.decode(message.body).trim()];
}

describe('two user agents that refer', () => {
  let alice: TestAgent;
  let bob: TestAgent;

  beforeEach(async () => {
    alice = await TestAgent.start();
    bob = await TestAgent.start();
  });

  afterEach(async () => {
    await alice.close();
    await bob.close();
  });

  async function connect() {
    const caller = alice.userAgent.invite({ uri: bob.uri(), from: FROM, sdp: OFFER });
    const callee = await bob.session();
    await Promise.all([callee.accept(ANSWER), caller.answered]);
    return { caller, callee };
  }

  it('tell whom to call, on whose behalf, and how the call went', async () => {
    const { caller, callee } = await connect();
    const referrals: IncomingReferral[] = [];
    callee.onRefer = (referral) => {
      referrals.push(referral);
      referral.accept();
    };
    const referral = await caller.refer({
      referTo: 'sip:carol@127.0.0.1;user=phone?Subject=moved',
      referredBy: 'sip:alice@127.0.0.1',
      headers: [{ name: 'X-Why', value: 'asked' }],
    });
    const progress: ReferProgress[] = [];
    referral.progress.on((note) => progress.push(note));
    const [got] = referrals;
    assert.ok(got);
    assert.equal(formatUri(got.referTo), 'sip:carol@127.0.0.1;user=phone?Subject=moved');
    assert.equal(got.referredBy, '<sip:alice@127.0.0.1>');
    assert.equal(headerValue(got.request, 'X-Why'), 'asked');
    got.notify(180, '');
    got.notify(200, 'Fine\r\nInjected: yes');
    assert.equal(await referral.settled, 200);
    assert.deepEqual(progress, [
      { status: 100, reason: 'Trying' },
      { status: 180, reason: 'Ringing' },
      { status: 200, reason: 'OK' },
    ]);
    assert.throws(() => got.notify(99, ''), RangeError);
    assert.throws(() => got.reject(200), RangeError);
  });

  it('refer over the other way, twice in one dialog, each with its own outcome', async () => {
    const { caller, callee } = await connect();
    const referrals: IncomingReferral[] = [];
    caller.onRefer = (referral) => {
      referrals.push(referral);
      referral.accept();
    };
    const first = await callee.refer({ referTo: '<sip:one@127.0.0.1>' });
    const second = await callee.refer({ referTo: 'tel:+15550100' });
    assert.equal(referrals[1]?.referTo.user, '+15550100');
    referrals[1]?.notify(486, 'Busy Here');
    referrals[0]?.notify(200, 'OK');
    assert.deepEqual(await Promise.all([first.settled, second.settled]), [200, 486]);
  });

  it('refuse with the status that the owner gives, and with 603 where nobody takes referrals', async () => {
    const { caller, callee } = await connect();
    await assert.rejects(caller.refer({ referTo: 'sip:carol@127.0.0.1' }), { status: 603 });
    callee.onRefer = (referral) => referral.reject(403);
    await assert.rejects(caller.refer({ referTo: 'sip:carol@127.0.0.1' }), { status: 403 });
    assert.equal(alice.userAgent.sessionCount, 1, 'the call goes on');
  });

  it('know nothing of the outcome where the dialog ends first, or no NOTIFY is wanted', async () => {
    const { caller, callee } = await connect();
    const referrals: IncomingReferral[] = [];
    callee.onRefer = (referral) => {
      referrals.push(referral);
      referral.accept();
    };
    const headers = [{ name: 'Refer-Sub', value: 'false' }];
    const silent = await caller.refer({ referTo: 'sip:carol@127.0.0.1', headers });
    assert.equal(await silent.settled, undefined);
    const cut = await caller.refer({ referTo: 'sip:carol@127.0.0.1' });
    await caller.bye();
    assert.equal(await cut.settled, undefined);
    await assert.rejects(caller.refer({ referTo: 'sip:carol@127.0.0.1' }), { status: 481 });
  });

  it('replace an answered dialog: the new one is accepted, then the old one ends', async () => {
    const { caller, callee } = await connect();
    const invite = caller.callId;
    const localTag = tagOf(headerValue(callee.request, 'From'));
    const ends: unknown[] = [];
    callee.ended.on((end) => ends.push(end));
    const remoteTag = tagOf(headerValue(await caller.answered, 'To'));
    const replaces = `${invite};to-tag=${remoteTag};from-tag=${localTag}`;
    const taker = alice.userAgent.invite({
      uri: bob.uri(),
      from: FROM,
      sdp: OFFER,
      headers: [{ name: 'Replaces', value: replaces }],
    });
    const taken = await bob.session(1);
    assert.equal(taken.replaces?.session, callee);
    assert.equal(taken.replaces?.earlyOnly, false);
    assert.deepEqual(ends, []);
    await Promise.all([taken.accept(ANSWER), taker.answered]);
    await until(() => ends.length === 1 && caller.end, 'the end of what was replaced');
    assert.deepEqual(caller.end, { by: 'peer', reason: 'SIP;cause=200;text="Replaced"' });
    assert.equal(bob.userAgent.sessionCount, 1);
  });

  it('replace a call that rings at us by CANCEL', async () => {
    const ringing = alice.userAgent.invite({ uri: bob.uri(), from: FROM, sdp: OFFER });
    const statuses: SipMessage[] = [];
    ringing.provisionals.on((response) => statuses.push(response));
    const callee = await bob.session();
    callee.ring();
    const early = await until(() => statuses[0], '180');
    const to = tagOf(headerValue(early, 'To'));
    const from = tagOf(headerValue(early, 'From'));
    // Bob's 180 made a dialog in which Alice is the one that called: she may be asked to replace it.
    const value = `${ringing.callId};to-tag=${from};from-tag=${to};early-only`;
    const taker = bob.userAgent.invite({
      uri: alice.uri(),
      from: { uri: 'sip:bob@127.0.0.1' },
      sdp: OFFER,
      headers: [{ name: 'Replaces', value }],
    });
    const taken = await alice.session();
    assert.equal(taken.replaces?.earlyOnly, true);
    await Promise.all([taken.accept(ANSWER), taker.answered]);
    await assert.rejects(ringing.answered, { status: 487 });
    assert.equal(callee.end?.cancelled, true);
  });
});

describe('referrals on the wire', () => {
  let clock: FakeClock;
  let agent: TestAgent;
  let raw: RawPeer;
  let session: InviteServerSession;
  let toTag: string;

  beforeEach(async () => {
    clock = new FakeClock();
    agent = await TestAgent.start({ clock });
    raw = await RawPeer.open(agent.userAgent.udpPort);
    raw.request({ body: OFFER });
    session = await agent.session();
    const accepted = session.accept(ANSWER);
    toTag = tagOf(headerValue(await raw.response(200), 'To')) ?? '';
    raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
  });

  afterEach(async () => {
    raw.close();
    await agent.close();
  });

  let sequence = 1;
  beforeEach(() => {
    sequence = 1;
  });

  function inDialog(method: string, headers: string[], body = ''): void {
    sequence += 1;
    const text = raw.requestText({
      method,
      branch: `z9hG4bK${method}${sequence}`,
      cseq: sequence,
      toTag,
      headers,
      body,
    });
    raw.send(text.replace('application/sdp', 'message/sipfrag'));
  }

  const notify = (state: string, status = '', event = 'refer') =>
    inDialog('NOTIFY', [`Event: ${event}`, `Subscription-State: ${state}`], status);

  it('answer 202 with a NOTIFY of 100, and end the subscription after its time', async () => {
    session.onRefer = (referral) => referral.accept();
    inDialog('REFER', ['Refer-To: <sip:carol@127.0.0.1>']);
    assert.match(headerValue(await raw.response(202), 'Contact') ?? '', /^<sip:bob@/);
    const first = await raw.awaitRequest('NOTIFY');
    assert.deepEqual(told(first), ['refer', 'active;expires=180', 'SIP/2.0 100 Trying']);
    raw.respond(first, 200);
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.advance(180_000);
    const last = await raw.awaitRequest('NOTIFY', 1);
    assert.deepEqual(told(last), ['refer', 'terminated;reason=timeout', 'SIP/2.0 100 Trying']);
    raw.respond(last, 200);
  });

  it('name the REFER from the second one on, and stop where the peer knows no subscription', async () => {
    const referrals: IncomingReferral[] = [];
    session.onRefer = (referral) => {
      referrals.push(referral);
      referral.accept();
    };
    inDialog('REFER', ['Refer-To: <sip:carol@127.0.0.1>']);
    raw.respond(await raw.awaitRequest('NOTIFY'), 481);
    inDialog('REFER', ['Refer-To: <sip:dave@127.0.0.1>']);
    const second = await raw.awaitRequest('NOTIFY', 1);
    assert.equal(headerValue(second, 'Event'), 'refer;id=3');
    raw.respond(second, 200);
    referrals[0]?.notify(200, 'OK');
    referrals[1]?.notify(200, 'OK');
    const third = await raw.awaitRequest('NOTIFY', 2);
    assert.deepEqual(told(third), ['refer;id=3', 'terminated;reason=noresource', 'SIP/2.0 200 OK']);
  });

  it('send no NOTIFY where Refer-Sub is false', async () => {
    const referrals: IncomingReferral[] = [];
    session.onRefer = (referral) => {
      referrals.push(referral);
      referral.accept();
      referral.notify(200, 'OK');
    };
    inDialog('REFER', ['Refer-To: <sip:carol@127.0.0.1>', 'Refer-Sub: false', 'Require: norefersub']);
    assert.equal(headerValue(await raw.response(202), 'Refer-Sub'), 'false');
    inDialog('OPTIONS', []);
    await raw.response(200, 1);
    assert.deepEqual(raw.requests('NOTIFY'), []);
  });

  it('refuse a REFER without exactly one Refer-To, one that nobody decides on, and more than eight', async () => {
    session.onRefer = () => {};
    inDialog('REFER', []);
    inDialog('REFER', ['Refer-To: <sip:a@127.0.0.1>', 'Refer-To: <sip:b@127.0.0.1>']);
    await raw.response(400, 1);
    for (let count = 0; count < 9; count += 1) inDialog('REFER', ['Refer-To: <sip:a@127.0.0.1>']);
    await raw.response(603);
    clock.advance(16_000);
    await raw.response(603, 8);
  });

  it('take NOTIFYs that overtake the 202, and forget a subscription whose first never comes', async () => {
    const sent = session.refer({ referTo: 'sip:carol@127.0.0.1' });
    const refer = await raw.awaitRequest('REFER');
    assert.equal(headerValue(refer, 'Refer-To'), '<sip:carol@127.0.0.1>');
    notify('active;expires=60', 'SIP/2.0 180 Ringing\r\n');
    await raw.response(200, 1);
    raw.respond(refer, 202);
    const referral = await sent;
    const progress: ReferProgress[] = [];
    referral.progress.on((note) => progress.push(note));
    clock.advance(0);
    assert.deepEqual(progress, [{ status: 180, reason: 'Ringing' }]);
    clock.advance(60_000);
    assert.equal(await referral.settled, undefined, 'expired');
    const again = session.refer({ referTo: 'sip:carol@127.0.0.1' });
    raw.respond(await raw.awaitRequest('REFER', 1), 202);
    const silent = await again;
    clock.advance(32_000);
    assert.equal(await silent.settled, undefined, 'timer N');
    notify('active', 'SIP/2.0 200 OK\r\n');
    await raw.response(481);
  });

  it('take a final status in a NOTIFY as the outcome, whatever the subscription says of itself', async () => {
    const sent = session.refer({ referTo: 'sip:carol@127.0.0.1' });
    const refer = await raw.awaitRequest('REFER');
    raw.respond(refer, 202);
    const referral = await sent;
    notify('active', 'SIP/2.0 503 Service Unavailable\r\n', 'refer;id=1');
    assert.equal(await referral.settled, 503);
    notify('terminated;reason=noresource');
    await raw.response(200, 2);
    notify('terminated;reason=noresource');
    await raw.response(481);
  });

  it('refuse NOTIFYs of other events, without a state, and REFERs outside a dialog', async () => {
    notify('active', '', 'presence');
    assert.equal(headerValue(await raw.response(489), 'Allow-Events'), 'refer');
    notify('active');
    await raw.response(481);
    const sent = session.refer({ referTo: 'sip:carol@127.0.0.1' });
    raw.respond(await raw.awaitRequest('REFER'), 202);
    await sent;
    inDialog('NOTIFY', ['Event: refer']);
    await raw.response(400);
    raw.request({ method: 'REFER', branch: 'z9hG4bKout', callId: 'other', headers: ['Refer-To: <sip:c@d>'] });
    await raw.response(403);
  });

  it('refuse to replace what is malformed, unknown, answered, ringing at us, or already over', async () => {
    const invite = (branch: string, replaces: string[], method = 'INVITE') =>
      raw.request({
        method,
        branch: `z9hG4bK${branch}`,
        callId: branch,
        body: OFFER,
        headers: replaces.map((value) => `Replaces: ${value}`),
      });
    const ours = `raw-call;to-tag=${toTag};from-tag=rawtag`;
    invite('malformed', ['raw-call;to-tag=1']);
    invite('twice', [ours, ours]);
    invite('options', [ours], 'OPTIONS');
    await raw.response(400, 2);
    invite('unknown', ['raw-call;to-tag=1;from-tag=2']);
    await raw.response(481);
    invite('early-only', [`${ours};early-only`]);
    await raw.response(486);
    raw.request({ branch: 'z9hG4bKring', callId: 'ringing', body: OFFER });
    const ringing = await agent.session(1);
    ringing.ring();
    const ringTag = tagOf(headerValue(await raw.response(180), 'To')) ?? '';
    invite('at-us', [`ringing;to-tag=${ringTag};from-tag=rawtag`]);
    await raw.response(481, 1);
    const gone = session.bye();
    const bye = await raw.awaitRequest('BYE');
    invite('over', [ours]);
    await raw.response(603);
    raw.respond(bye, 200);
    await gone;
    assert.equal(agent.sessions.length, 2);
  });
});
