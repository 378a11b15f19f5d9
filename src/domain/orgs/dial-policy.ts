import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { callingCodeOf, readDialled } from './dialled-number.ts';
import { isEmergencyNumber } from './emergency-numbers.ts';

/** Whom an org's calls may go out to, and how many of them. Unset limits mean none. */
export interface OutboundPolicy {
  /**
   * Beginnings of the numbers that may be called: `+49`, `+1415`, `+` for every country. Unset: the home country. Premium
   * and satellite numbers are called only where a prefix names them; without plus a prefix is one of short codes.
   */
  allowedPrefixes?: string[];
  /** ISO 3166 code. Unset: the country of the number that dials, else the exchange's setting. */
  homeCountry?: string;
  /** Legs that begin within one second. */
  callsPerSecond?: number;
  /** Outbound legs at once on one process of the exchange. */
  concurrentCalls?: number;
  /** Minutes of all outbound legs in a day of UTC; each begun one counts. */
  dailyMinutes?: number;
  /** Lets the API call emergency numbers. No model may, ever. */
  allowEmergency?: boolean;
  /** Refuses every outbound leg, and ends those that are up. */
  killSwitch?: boolean;
}

/** Who asks for a leg: `api` is the order of a call by the org itself, all else happens within a call. */
export type DialAsker = 'api' | 'call';

/** Global networks: satellites, maritime, shared-cost and premium services that belong to no country (ITU-T E.164 list). */
const GLOBAL_CODES = ['870', '878', '879', '881', '882', '883', '888', '979', '991', '800', '808'];
/** Kinds of numbers that cost the caller more than a call to their country. */
const DEAR_TYPES: ReadonlySet<string | undefined> = new Set([
  'PREMIUM_RATE',
  'SHARED_COST',
  'PERSONAL_NUMBER',
  'PAGER',
]);
/** Short codes of directory enquiries: dear, and favoured by fraud. */
const DEAR_SHORT_CODES = ['118'];

export interface DialContext {
  by: DialAsker;
  /** Where numbers without a country belong. */
  homeCountry: string | undefined;
}

/** The country that a policy counts as home. @param from the number that dials, in E.164 form, if it is one */
export function homeCountryOf(
  policy: OutboundPolicy,
  from: string | undefined,
  fallback: string | undefined,
): string | undefined {
  const own = from?.startsWith('+') ? parsePhoneNumberFromString(from)?.country : undefined;
  return policy.homeCountry ?? own ?? fallback;
}

/**
 * Judges a number, in whatever form it is dialled. Where it can be taken for several, each must be allowed.
 * @returns why it must not be called; undefined where it may be.
 */
export function refusalOfNumber(
  policy: OutboundPolicy,
  dialled: string,
  { by, homeCountry }: DialContext,
): string | undefined {
  const number = readDialled(dialled, homeCountry);
  // A name means nothing to the telephone network.
  if (!number) return undefined;
  if (isEmergencyNumber(number.digits, homeCountry, callingCodeOf(homeCountry))) {
    if (by === 'api' && policy.allowEmergency) return undefined;
    return 'emergency numbers are not called';
  }
  if (number.readings.length === 0) return refusalOfShortCode(policy, number.digits);
  const refusals = number.readings.map((reading) => refusalOfReading(policy, reading, homeCountry));
  // A reading of no country can only be somebody else's: it counts where all are of that kind.
  const real = refusals.filter((refusal) => refusal !== UNASSIGNED);
  return real.length > 0 ? real.find((refusal) => refusal !== undefined) : UNASSIGNED;
}

const UNASSIGNED = 'the number belongs to no country (allow its prefix by outbound.allowedPrefixes)';

function refusalOfShortCode(policy: OutboundPolicy, digits: string): string | undefined {
  const isDear = DEAR_SHORT_CODES.some((code) => digits.startsWith(code));
  const isNamed = (policy.allowedPrefixes ?? []).some(
    (prefix) => prefix !== '' && !prefix.startsWith('+') && digits.startsWith(prefix),
  );
  return isDear && !isNamed ? 'the short code is one of directory enquiries' : undefined;
}

function refusalOfReading(
  policy: OutboundPolicy,
  reading: string,
  homeCountry: string | undefined,
): string | undefined {
  const longest = longestPrefix(policy, reading);
  const globalCode = GLOBAL_CODES.find((code) => reading.startsWith(`+${code}`));
  if (globalCode !== undefined)
    return longest.length > globalCode.length ? undefined : 'satellite and global numbers are not called';
  const parsed = parsePhoneNumberFromString(reading);
  const country = parsed?.isValid() ? parsed.country : undefined;
  const ofCountry = `+${parsed?.countryCallingCode ?? ''}`;
  if (country !== undefined && DEAR_TYPES.has(parsed?.getType()))
    return longest.length > ofCountry.length ? undefined : 'premium numbers are not called';
  if (country === undefined) return longest.length > ofCountry.length ? undefined : UNASSIGNED;
  if (policy.allowedPrefixes) return longest === '' ? 'its prefix is not among those allowed' : undefined;
  if (homeCountry === undefined)
    return 'no home country is known (set outbound.homeCountry or outbound.allowedPrefixes)';
  return country === homeCountry ? undefined : `numbers abroad (${country}) are not called`;
}

/** The allowed prefix that says the most of this number; empty where there is none. */
function longestPrefix({ allowedPrefixes = [] }: OutboundPolicy, reading: string): string {
  return allowedPrefixes
    .filter((prefix) => prefix.startsWith('+') && reading.startsWith(prefix))
    .reduce((longest, prefix) => (prefix.length > longest.length ? prefix : longest), '');
}
