import type { Call } from '../../domain/calls/call.ts';
import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';
import type { ExchangeError } from '../../domain/errors.ts';
import { DialError } from '../../flow/dialer.ts';
import type { OutboundCalls } from '../../flow/outbound/outbound-calls.ts';
import { addressesOf } from './number-lookup.ts';

/** Digits of the shortest number that has a country's code. */
const SHORTEST_NUMBER = 7;

/**
 * Places a call for a dialect.
 * @param worded how the dialect writes the sentence of a refusal
 * @throws {ExchangeError} 400 where the number is blocked, or the org's policy does not let it out
 */
export async function placedCall(
  outbound: Pick<OutboundCalls, 'place'>,
  order: OutboundOrder,
  worded: (sentence: string) => ExchangeError,
): Promise<Call> {
  if (order.number.status === 'blocked') throw worded('the number is blocked');
  try {
    return await outbound.place(order);
  } catch (error) {
    if (error instanceof DialError) throw worded(error.message);
    throw error;
  }
}

/** Whom a text of digits means, with or without its plus; a SIP URI where it is one. */
export function callee(text: string): Pick<OutboundOrder, 'customer' | 'destination'> {
  if (/^sips?:/i.test(text))
    return { customer: { sipUri: text }, destination: { type: 'sip', sipUri: text } };
  const [withPlus = text, bare = text] = addressesOf(text);
  // These dialects write numbers without their plus; what is shorter is an extension behind a trunk.
  const number = bare.length < SHORTEST_NUMBER ? bare : withPlus;
  return { customer: { number }, destination: { type: 'number', number, e164CheckEnabled: true } };
}
