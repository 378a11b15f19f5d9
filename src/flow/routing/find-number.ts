import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { NumberRepository } from '../../domain/numbers/number-repository.ts';

/** What routing reads of the stored numbers. */
export type NumberDirectory = Pick<NumberRepository, 'findBySipUser' | 'findByAddress'>;

const DIGITS = /^\+?\d{3,40}$/;

/**
 * The number that an INVITE's user part means, whichever host of ours it was sent to: a SIP URI by its user part in any
 * case, else a number by its digits, with or without the plus.
 */
export async function findNumber(directory: NumberDirectory, user: string): Promise<PhoneNumber | undefined> {
  if (user === '') return undefined;
  const bySipUri = await directory.findBySipUser(user);
  if (bySipUri) return bySipUri;
  for (const address of spellings(user)) {
    const [number] = await directory.findByAddress(address);
    if (number) return number;
  }
  return undefined;
}

function spellings(user: string): string[] {
  if (!DIGITS.test(user)) return [user];
  return user.startsWith('+') ? [user, user.slice(1)] : [`+${user}`, user];
}
