import { silentLogger } from '../../src/lib/logger.ts';
import { Callee } from '../../src/phone/callee.ts';
import { type CallView, type RunningExchange, startExchange, TEST_KEY } from './running-exchange.ts';
import { openTestPhone, type TestPhone } from './test-phone.ts';
import { until } from './until.ts';

/** A number of the United States, which makes them the home country of what it calls. */
export const OWN_NUMBER = '+14155550100';

/** An exchange with a trunk, and the telephone behind it. */
export interface OutboundScene {
  exchange: RunningExchange;
  phone: TestPhone;
  /** Stands for everybody that the trunk reaches. */
  operator: Callee;
  /** A `byo-phone-number` over the trunk. */
  numberId: string;
  /** Whatever the status of the reply. */
  request(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Orders a call from the number at `POST /call`. @returns its id */
  order(body: object): Promise<string>;
  call(id: string): Promise<OutboundView>;
  ended(id: string, limitMs?: number): Promise<OutboundView>;
  close(): Promise<void>;
}

export type OutboundView = CallView & Record<string, unknown>;

/** A `byo-sip-trunk` credential that leads to this port. */
export function trunkTo(port: number, ip = '127.0.0.1'): object {
  return {
    provider: 'byo-sip-trunk',
    gateways: [{ ip, port, inboundEnabled: false, outboundEnabled: true }],
    outboundLeadingPlusEnabled: true,
  };
}

export async function openOutboundScene(settings: Record<string, string> = {}): Promise<OutboundScene> {
  const exchange = await startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8', ...settings });
  const phone = await openTestPhone();
  const operator = await Callee.open({
    bindAddress: '127.0.0.1',
    media: phone.media,
    logger: silentLogger,
    manner: { does: 'answer' },
  });
  const trunk = await exchange.api<{ id: string }>('POST', '/credential', trunkTo(operator.port));
  const { id: numberId } = await exchange.api<{ id: string }>('POST', '/phone-number', {
    provider: 'byo-phone-number',
    number: OWN_NUMBER,
    credentialId: trunk.id,
  });
  const call = (id: string) => exchange.api<OutboundView>('GET', `/call/${id}`);
  return {
    exchange,
    phone,
    operator,
    numberId,
    async request(method, path, body) {
      const response = await fetch(`${exchange.offhook.httpUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${TEST_KEY}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    async order(body) {
      const ordered = { phoneNumberId: numberId, ...body };
      return (await exchange.api<{ id: string }>('POST', '/call', ordered)).id;
    },
    call,
    ended: (id, limitMs) =>
      until(
        'the call has ended',
        async () => {
          const found = await call(id);
          return found.status === 'ended' && found;
        },
        limitMs,
      ),
    async close() {
      await phone.close();
      await operator.close();
      await exchange.stop();
    },
  };
}
