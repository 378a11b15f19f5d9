import type { RunningExchange } from './running-exchange.ts';
import { until } from './until.ts';

/** What tests read of a trunk under `/admin/trunks`. */
export interface TrunkView {
  id: string;
  gateways: { gateway: string; state: string; lastStatus?: number; lastError?: string }[];
  registration?: { state: string; lastStatus?: number; error?: string };
  callsIn: number;
  callsOut: number;
  strangersRefused: number;
  strangers: { address: string; dialled: string; why: string }[];
}

export interface TrunkOptions {
  /** Fields of each gateway beside the defaults; the first is by default on the tests' own address. */
  gateways?: object[];
  /** Further fields of the credential. */
  credential?: object;
}

/** Makes a trunk. @returns its id */
export async function makeTrunk(
  { api }: Pick<RunningExchange, 'api'>,
  { gateways = [{ ip: '127.0.0.1' }], credential = {} }: TrunkOptions = {},
): Promise<string> {
  const body = { provider: 'byo-sip-trunk', gateways, ...credential };
  return (await api<{ id: string }>('POST', '/credential', body)).id;
}

/** Makes a number on a trunk. @returns its id, once it takes calls */
export async function makeTrunkNumber(
  { api }: Pick<RunningExchange, 'api'>,
  credentialId: string,
  number: object,
): Promise<string> {
  const body = { provider: 'byo-phone-number', credentialId, ...number };
  const { id } = await api<{ id: string }>('POST', '/phone-number', body);
  await becomesActive({ api }, id);
  return id;
}

/** Waits for the check in the background. */
export function becomesActive({ api }: Pick<RunningExchange, 'api'>, id: string): Promise<unknown> {
  return until(`number ${id} is active`, async () => {
    const { status } = await api<{ status: string }>('GET', `/phone-number/${id}`);
    return status === 'active';
  });
}

export function trunkOf({ api }: Pick<RunningExchange, 'api'>, id: string): Promise<TrunkView> {
  return api<TrunkView>('GET', `/admin/trunks/${id}`);
}

export interface OrderedCall {
  /** Who answers. */
  customer: { number: string };
  assistantId: string;
  gateway: object;
  /** Our number, on a trunk of its own that has this gateway alone. */
  ownNumber: string;
}

/** Orders a call over a trunk that is made for it. @returns the call's id */
export async function orderOverTrunk(
  exchange: Pick<RunningExchange, 'api'>,
  { customer, assistantId, gateway, ownNumber }: OrderedCall,
): Promise<string> {
  const credentialId = await makeTrunk(exchange, {
    gateways: [{ ip: '127.0.0.1', ...gateway }],
    credential: { outboundLeadingPlusEnabled: true },
  });
  const phoneNumberId = await makeTrunkNumber(exchange, credentialId, { number: ownNumber });
  const order = { phoneNumberId, customer, assistantId };
  return (await exchange.api<{ id: string }>('POST', '/call', order)).id;
}
