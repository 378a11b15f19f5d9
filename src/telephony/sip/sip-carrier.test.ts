import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Leg } from '../../flow/leg.ts';
import { Emitter } from '../../lib/emitter.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { parseNetworks } from '../../lib/ip-address.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { MediaSession } from '../../media/media-session.ts';
import { createRequest } from '../../sip/message/request.ts';
import type { InviteServerSession } from '../../sip/session/session.ts';
import { DEFAULT_MEDIA_POLICY } from './media-policy.ts';
import { negotiate } from './negotiation.ts';
import { SipCarrier, type SipCarrierOptions } from './sip-carrier.ts';
import { SipLeg } from './sip-leg.ts';

const CALLER = '192.0.2.1';
/** Gateways of the trunks `own` and `foreign`. */
const GATEWAYS: Record<string, string> = { own: '192.0.2.2', foreign: '192.0.2.3' };
const URI = 'sip:bakery@198.51.100.1';

function sessionFrom(address: string, replaced?: InviteServerSession) {
  const statuses: number[] = [];
  const session = {
    callId: address,
    source: { protocol: 'udp', address, port: 5060 },
    localAddress: '198.51.100.1',
    request: createRequest('INVITE', URI, { from: `<${URI}>`, to: `<${URI}>`, callId: 'call', seq: 1 }),
    ended: new Emitter(),
    infos: new Emitter(),
    reject: (status: number) => statuses.push(status),
    ...(replaced && { replaces: { session: replaced, earlyOnly: false } }),
  } as unknown as InviteServerSession;
  return { session, statuses };
}

/** A call that is up, of a trunk or of none, and what becomes of an INVITE from this address that would take it over. */
async function takeOver(trunkId: string | undefined, address: string) {
  const { session: up } = sessionFrom(CALLER);
  const left = new SipLeg({
    session: up,
    carrier: trunkId === undefined ? 'sip' : 'trunk',
    trunkId,
    mayTransfer: false,
    media: { localPort: 40_000 } as MediaSession,
    negotiation: negotiate({ address: CALLER, port: 40_000, sessionId: 1 }, DEFAULT_MEDIA_POLICY, 'off'),
    dialled: 'bakery',
    customer: {},
    headers: {},
    first: undefined,
  });
  const taken: Leg[] = [];
  left.onTakenOver = (by) => taken.push(by);
  const carrier = new SipCarrier({
    trunks: {
      isGateway: (from: string) => Object.values(GATEWAYS).includes(from),
      isGatewayOf: (id: string, from: string) => GATEWAYS[id] === from,
    },
    proxies: parseNetworks([]),
    realm: 'test',
    onRejected: () => {},
    clock: new FakeClock(),
    logger: silentLogger,
  } as unknown as SipCarrierOptions);
  const { session, statuses } = sessionFrom(address, up);
  carrier.onInvite(session);
  await new Promise((resolve) => setImmediate(resolve));
  const [by] = taken as SipLeg[];
  return { statuses, by: by && { trunkId: by.trunkId, mayTransfer: by.mayTransfer } };
}

describe('an INVITE that would take a call over', () => {
  it('may come from the other end of the call, or from a gateway of its trunk, and stays on that trunk', async () => {
    assert.deepEqual(await takeOver(undefined, CALLER), {
      statuses: [],
      by: { trunkId: undefined, mayTransfer: false },
    });
    assert.deepEqual(await takeOver('own', '192.0.2.2'), {
      statuses: [],
      by: { trunkId: 'own', mayTransfer: true },
    });
  });

  it('is refused where it comes from the gateway of another trunk, or of any where the call is on none', async () => {
    const refused = { statuses: [403], by: undefined };
    assert.deepEqual(await takeOver('own', '192.0.2.3'), refused);
    assert.deepEqual(await takeOver(undefined, '192.0.2.2'), refused);
    assert.deepEqual(await takeOver('own', '192.0.2.4'), refused);
  });
});
