import assert from 'node:assert/strict';
import { silentLogger } from '../../src/lib/logger.ts';
import { Callee } from '../../src/phone/callee.ts';
import type { DialledCall } from '../../src/phone/dialled-call.ts';
import type { ReceivedCall } from '../../src/phone/received-call.ts';
import type { DialOptions } from '../../src/phone/telephone.ts';
import { type CustomerScript, type CustomerServer, startCustomerServer } from './customer-server.ts';
import { type CallView, type RunningExchange, startExchange } from './running-exchange.ts';
import { openTestPhone, type TestPhone } from './test-phone.ts';

/** An exchange, a caller, somebody who can be called, and a customer's server: what a ringing call may meet. */
export interface RingingScene {
  exchange: RunningExchange;
  phone: TestPhone;
  /** Answers at once unless told otherwise. */
  operator: Callee;
  /** Makes a `vapi` number with these fields, and a customer's server for it where a script is given. */
  number(fields?: object, script?: CustomerScript): Promise<RingingNumber>;
  close(): Promise<void>;
}

export interface RingingNumber {
  id: string;
  user: string;
  /** Answers as scripted; the number's server where a script was given. */
  customer: CustomerServer;
  /** @param options `from` may be a number alone. */
  dial(options?: Partial<DialOptions>): Promise<DialledCall>;
  /** The call's record once it has ended. */
  ended(limitMs?: number): Promise<CallView & Record<string, unknown>>;
}

export async function openRingingScene(settings: Record<string, string> = {}): Promise<RingingScene> {
  const exchange = await startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8', ...settings });
  const phone = await openTestPhone();
  const operator = await Callee.open({
    bindAddress: '127.0.0.1',
    media: phone.media,
    logger: silentLogger,
    manner: { does: 'answer' },
  });
  const servers: CustomerServer[] = [];
  let made = 0;
  return {
    exchange,
    phone,
    operator,
    async number(fields = {}, script) {
      made += 1;
      const user = `line-${made}-${Math.round(performance.now() * 1000).toString(36)}`;
      const customer = await startCustomerServer(script ? { 'assistant-request': script } : {});
      servers.push(customer);
      const { id } = await exchange.api<{ id: string }>('POST', '/phone-number', {
        provider: 'vapi',
        sipUri: `sip:${user}@sip.vapi.ai`,
        ...(script && { server: { url: `${customer.url}/vapi` } }),
        ...fields,
      });
      return {
        id,
        user,
        customer,
        dial: ({ from, ...options } = {}) =>
          phone.dial(exchange.uri(user), { ...options, ...(from && { from: asUri(from) }) }),
        ended: (limitMs) => exchange.endedCall(id, limitMs) as Promise<CallView & Record<string, unknown>>,
      };
    },
    async close() {
      await phone.close();
      await operator.close();
      await exchange.stop();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

function asUri(from: string): string {
  return from.startsWith('sip:') ? from : `sip:${from}@127.0.0.1`;
}

/** A destination of this operator, as this user: tests that run side by side tell their calls apart by it. */
export function destinationOf(operator: Callee, user: string): { type: 'sip'; sipUri: string } {
  return { type: 'sip', sipUri: operator.uri(user) };
}

/** The call that reached the operator as this user. */
export async function callTo(operator: Callee, user: string, limitMs = 10_000): Promise<ReceivedCall> {
  const isHis = (call: ReceivedCall) => call.session.request.uri.user === user;
  const known = operator.calls.find(isHis);
  if (known) return known;
  return new Promise((resolve, reject) => {
    const stop = operator.received.on((call) => {
      if (!isHis(call)) return;
      clearTimeout(timer);
      stop();
      resolve(call);
    });
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`nobody called ${user} within ${limitMs} ms`));
    }, limitMs);
  });
}

/** Why each stage decided as it did, as the timeline has it: `stage outcome`. */
export async function stagesOf(exchange: RunningExchange, call: CallView): Promise<string[]> {
  const lines = await exchange.timeline(call.id);
  return lines
    .filter(({ type }) => type === 'route.considered')
    .map(({ data }) => {
      assert.ok(data.why, 'each decision says why');
      return `${data.stage} ${data.outcome}`;
    });
}
