import type { NumberStatus, PhoneNumber } from '../numbers/number.ts';
import { type Trunk, takesCalls } from './trunk.ts';

/**
 * What the status of a customer's own number should be: it takes calls where its trunk exists and has a gateway that sends
 * them or a registrar, or where its callers have an account of their own. A blocked number stays blocked, and a carrier's is not ours to
 * judge.
 */
export function statusOnTrunk(number: PhoneNumber, trunk: Trunk | undefined): NumberStatus {
  if (number.carrier !== 'trunk' || number.status === 'blocked') return number.status;
  const isReached = trunk !== undefined && trunk.orgId === number.orgId && takesCalls(trunk);
  return isReached || number.authentication !== undefined ? 'active' : 'activating';
}

/** Letters or digits, with or without the plus: what a trunk may be dialled with. */
const DIGITS = /^\d+$/;

/**
 * How the number that a request to a trunk names may be stored, the likeliest first: with and without the plus, behind the
 * prefix of the trunk, names in lower case.
 */
export function spellingsOn(user: string, techPrefix = ''): string[] {
  const bare = techPrefix !== '' && user.startsWith(techPrefix) ? [user.slice(techPrefix.length)] : [];
  const spellings = [user, ...bare].filter((text) => text !== '').flatMap(spellingsOf);
  return [...new Set(spellings)];
}

function spellingsOf(user: string): string[] {
  const isWithPlus = user.startsWith('+');
  const rest = isWithPlus ? user.slice(1) : user;
  if (!DIGITS.test(rest)) return [user, user.toLowerCase()];
  return isWithPlus ? [user, rest] : [`+${rest}`, rest];
}
