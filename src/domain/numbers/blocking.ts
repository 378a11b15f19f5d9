import type { PhoneNumber } from './number.ts';

/** The number from when its owner blocks it: it takes no calls, and none are ordered or dialled from it. */
export function blocked(number: PhoneNumber, now: number): PhoneNumber {
  return number.status === 'blocked' ? number : { ...number, status: 'blocked', updatedAt: now };
}

/**
 * The number once the block is lifted: it waits for its trunk or its carrier as a new one does, where it needs one. One that
 * is not blocked stays as it is.
 */
export function unblocked(number: PhoneNumber, now: number): PhoneNumber {
  if (number.status !== 'blocked') return number;
  const comesToUs = number.carrier === 'sip' || number.authentication !== undefined;
  return { ...number, status: comesToUs ? 'active' : 'activating', updatedAt: now };
}
