import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';

/** Shortest text of digits that may be a whole number of the public network; what is shorter is an extension or short code. */
const SHORTEST_NUMBER = 7;
/** What people write between digits. */
const SEPARATORS = /[\s().\-/]/g;
/** Dialled before a country's code where there is no plus: most of the world, North America, Japan, Australia. */
const INTERNATIONAL_PREFIXES = ['00', '011', '010', '0011'];
/** Keys under which a telephone's letters stand (ITU-T E.161). */
const KEYS = ['abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs', 'tuv', 'wxyz'];
const FIRST_KEY = 2;

/** What a text asks a telephone network for. */
export interface DialledNumber {
  /** Digits of ASCII without plus; letters stand as the keys that they are on. */
  digits: string;
  /** Each number of the public network that somebody on the way might take it for, with plus. */
  readings: string[];
}

/**
 * Reads a number in whatever form it is dialled: with separators, with digits of other scripts, percent-encoded, as `tel:`
 * or `sip:` URI, with parameters such as `;ext`. All parts that a switch may do away with are done away with.
 * @returns undefined where the text has no digit, and so is a name.
 */
export function readDialled(text: string, homeCountry: string | undefined): DialledNumber | undefined {
  const bare = bareUser(text);
  if (!/\d/.test(bare)) return undefined;
  const isInternational = bare.startsWith('+');
  const digits = [...bare].flatMap(digitOf).join('');
  const significant = digits.replace(/^0+/, '');
  const readings = new Set<string>();
  if (isInternational || digits.length >= SHORTEST_NUMBER) readings.add(`+${significant}`);
  for (const prefix of INTERNATIONAL_PREFIXES)
    if (digits.startsWith(prefix) && digits.length > prefix.length + SHORTEST_NUMBER)
      readings.add(`+${digits.slice(prefix.length)}`);
  const code = callingCodeOf(homeCountry);
  // What is dialled with a plus says its country; without one a switch at home takes it for a number at home.
  if (code !== undefined && !isInternational && digits.length >= SHORTEST_NUMBER)
    readings.add(`+${code}${nationalOf(digits, code)}`);
  return { digits, readings: [...readings] };
}

/** The country's code without plus; undefined where there is no such country. */
export function callingCodeOf(country: string | undefined): string | undefined {
  return country !== undefined && isSupportedCountry(country)
    ? getCountryCallingCode(country as CountryCode)
    : undefined;
}

/** The user part, in one script and without what is written for people. */
function bareUser(text: string): string {
  const user = decoded(text)
    .normalize('NFKC')
    .trim()
    .replace(/^(?:tel|sips?):/i, '');
  const [beforeHost = ''] = user.split('@');
  const [beforeParameters = ''] = beforeHost.split(/[;,:?&]/);
  return [...beforeParameters].map(asciiDigit).join('').replace(SEPARATORS, '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: it is judged as it stands.
    return text;
  }
}

/** The ASCII form of a decimal digit of any script: each script has its ten in a row, from zero (Unicode section 4.6). */
function asciiDigit(character: string): string {
  if (!/\p{Nd}/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}

function digitOf(character: string): string[] {
  if (/\d/.test(character)) return [character];
  const key = KEYS.findIndex((letters) => letters.includes(character.toLowerCase()));
  return key < 0 ? [] : [String(key + FIRST_KEY)];
}

/** Without the trunk prefix, which is 1 in North America and 0 nearly everywhere else. */
function nationalOf(digits: string, callingCode: string): string {
  return callingCode === '1' ? digits.replace(/^1/, '') : digits.replace(/^0/, '');
}
