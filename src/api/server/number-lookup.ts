import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { NumberRepository } from '../../domain/numbers/number-repository.ts';

/** Characters of the longest text that is looked up: a number has 15 digits, the user part of a SIP URI may be long. */
const MAX_LENGTH = 255;
/** What people write between the digits. */
const SEPARATORS = /[\s().-]/g;

/**
 * The number of the org that a text of a query means. A plus may be there, be left out, or have become a space, as it
 * does where a client puts it in a query without encoding it.
 */
export async function numberByText(
  numbers: NumberRepository,
  orgId: string,
  text: string,
): Promise<PhoneNumber | undefined> {
  for (const address of addressesOf(text)) {
    const found = await numbers.findByAddress(address);
    const own = found.find((number) => number.orgId === orgId);
    if (own) return own;
  }
  return sipNumber(numbers, orgId, text);
}

/** In which forms an address may be stored that a text means, the likeliest first. */
export function addressesOf(text: string): string[] {
  if (text.length > MAX_LENGTH) return [];
  const bare = text.replaceAll(SEPARATORS, '');
  const digits = bare.startsWith('+') ? bare.slice(1) : bare;
  const asStored = text.trim();
  if (!/^\d+$/.test(digits)) return asStored === '' ? [] : [asStored];
  return [...new Set([`+${digits}`, digits, asStored, text.replace(/^ /, '+')])];
}

/** A number without digits of its own goes by the user part of its SIP URI. */
async function sipNumber(
  numbers: NumberRepository,
  orgId: string,
  text: string,
): Promise<PhoneNumber | undefined> {
  const user = text.trim();
  if (user === '' || user.length > MAX_LENGTH) return undefined;
  const found = await numbers.findBySipUser(user);
  return found?.orgId === orgId && found.address === undefined ? found : undefined;
}
