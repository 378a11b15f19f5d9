import type { ErrorCode } from '../../domain/errors.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';

/** Why a number takes no calls: the caller is refused before anything else is asked. Unset: it takes them. */
export function refusalOf({ status, outboundOnly }: PhoneNumber): ErrorCode | undefined {
  if (status === 'blocked') return 'number-blocked';
  if (status === 'activating') return 'number-activating';
  if (outboundOnly) return 'number-outbound-only';
  return undefined;
}
