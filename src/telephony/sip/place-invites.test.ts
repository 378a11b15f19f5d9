import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DialError } from '../../flow/dialer.ts';
import { Emitter } from '../../lib/emitter.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { SipResponse } from '../../sip/message/message.ts';
import { type InviteClientSession, type SessionEnd, SipRejection } from '../../sip/session/session.ts';
import type { DialTarget } from './dial-target.ts';
import { FIRST_RESPONSE_LIMIT_MS, placeInvites } from './place-invites.ts';

class FakeInvite {
  readonly provisionals = new Emitter<SipResponse>();
  readonly #answer = Promise.withResolvers<SipResponse>();
  readonly answered = this.#answer.promise;
  end: SessionEnd | undefined;
  cancelled = false;

  constructor() {
    this.answered.catch(() => {});
  }

  cancel(): void {
    this.cancelled = true;
  }

  ring(): void {
    this.provisionals.emit({ status: 180 } as SipResponse);
  }

  accept(): void {
    this.#answer.resolve({ status: 200 } as SipResponse);
  }

  refuse(status: number, contact?: string): void {
    this.end = { by: 'peer', status };
    this.#answer.reject(
      new SipRejection(status, 'Refused', contact ? [{ name: 'Contact', value: contact }] : []),
    );
  }

  fail(status: number): void {
    this.end = { by: 'failure', status };
    this.#answer.reject(new SipRejection(status, 'no connection'));
  }
}

function target(uri: string): DialTarget {
  return {
    uri,
    from: { uri: 'sip:us@127.0.0.1' },
    headers: [],
    place: { protocol: 'udp', address: '192.0.2.1', port: 5060 },
    maxForwards: 69,
  };
}

describe('placing an INVITE', () => {
  let clock: FakeClock;
  let abort: AbortController;
  let invites: { uri: string; session: FakeInvite }[];

  beforeEach(() => {
    clock = new FakeClock();
    abort = new AbortController();
    invites = [];
  });

  function place(uris: string[], redirect?: (contact: string) => Promise<DialTarget>) {
    return placeInvites({
      targets: uris.map(target),
      invite: ({ uri }) => {
        const session = new FakeInvite();
        invites.push({ uri, session });
        return session as unknown as InviteClientSession;
      },
      redirect: redirect ?? (async (contact) => target(contact)),
      onInvite: () => {},
      signal: abort.signal,
      clock,
    });
  }

  /** The INVITE with this index, once it is out. */
  async function invite(index: number): Promise<FakeInvite> {
    for (let turns = 0; turns < 10 && !invites[index]; turns += 1) await turn();
    const session = invites[index]?.session;
    assert.ok(session, `INVITE ${index}`);
    return session;
  }

  it('is done with the first gateway that answers', async () => {
    const placed = place(['one', 'two']);
    (await invite(0)).accept();
    assert.equal((await placed).response.status, 200);
    assert.deepEqual(
      invites.map(({ uri }) => uri),
      ['one'],
    );
    assert.equal(clock.pendingCount, 0);
  });

  it('goes on to the next gateway after a 503, a failed connection, or no response in time', async () => {
    const placed = place(['one', 'two', 'three', 'four']);
    (await invite(0)).refuse(503);
    (await invite(1)).fail(503);
    const silent = await invite(2);
    clock.advance(FIRST_RESPONSE_LIMIT_MS);
    (await invite(3)).accept();
    await placed;
    assert.ok(silent.cancelled);
  });

  it('does not give up a gateway that has responded, however long it rings', async () => {
    const placed = place(['one', 'two']);
    const first = await invite(0);
    first.ring();
    clock.advance(60_000);
    await turn();
    assert.equal(invites.length, 1);
    first.accept();
    await placed;
  });

  it('asks no second gateway where the first has brought word of the person called', async () => {
    for (const status of [486, 404, 500, 603]) {
      invites = [];
      const placed = place(['one', 'two']);
      (await invite(0)).refuse(status);
      await assert.rejects(placed, { status });
      assert.equal(invites.length, 1);
    }
  });

  it('tells of the last gateway where all are down', async () => {
    const placed = place(['one', 'two']);
    (await invite(0)).refuse(503);
    (await invite(1)).fail(503);
    await assert.rejects(placed, { outcome: 'unreachable', status: undefined });
  });

  it('follows a redirection once, and not the one that comes from there', async () => {
    const placed = place(['one', 'two']);
    (await invite(0)).refuse(302, '"Desk" <sip:desk@pbx.example>;q=0.7, <sip:other@pbx.example>');
    (await invite(1)).refuse(302, '<sip:one@pbx.example>');
    await assert.rejects(placed, { outcome: 'failed', status: 302 });
    assert.deepEqual(
      invites.map(({ uri }) => uri),
      ['one', 'sip:desk@pbx.example'],
    );
  });

  it('is refused where the gate refuses the redirection', async () => {
    const placed = place(['one', 'two'], async () => {
      throw new DialError('refused', 'private address');
    });
    (await invite(0)).refuse(302, '<sip:desk@10.0.0.1>');
    await assert.rejects(placed, { outcome: 'refused' });
    assert.equal(invites.length, 1);
  });

  it('is taken back with the reason of whoever takes it back, and asks no other gateway', async () => {
    const placed = place(['one', 'two']);
    const first = await invite(0);
    abort.abort(new DialError('cancelled', 'the caller has left'));
    await assert.rejects(placed, { outcome: 'cancelled' });
    assert.ok(first.cancelled);
    assert.equal(invites.length, 1);
    assert.equal(clock.pendingCount, 0);
  });

  it('is unreachable where there is nobody to ask', async () => {
    await assert.rejects(place([]), { outcome: 'unreachable' });
  });
});
