/** Words that say nothing about what is asked. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  [
    'a an the this that these those of to in on at by for from with about into as and or but so if than then there here',
    'i me my mine we us our ours you your yours he she it its they them their is are am was were be been being do does did',
    'have has had having can could will would shall should may might must what which who whom whose how why any some all',
    'please just also too very really well um uh er ah oh ok okay yeah tell say know want like need give take get got',
    'let make sell offer ask question questions wonder wondering looking look help hello hi hey sir madam thanks thank',
    'information info something anything everything more today now currently possible not no yes possibly maybe actually one go',
    'right again ll re ve s t d m dont',
  ].flatMap((line) => line.split(' ')),
);

/** Question words that hint at a topic, though less than the topic's own name does. */
export const HINT_WORDS: ReadonlySet<string> = new Set(['when', 'where', 'much', 'far']);

/** Groups of words that callers use for the same thing; the first stands for all. */
const SYNONYMS: readonly string[] = [
  'hours hour time times when schedule',
  'open opening opened close closed closing shut',
  'address location located where directions direction situated find street far',
  'price prices pricing cost costs costing fee fees charge charges rate rates much expensive',
  'parking park parked car cars',
  'payment payments pay paying card cards cash credit debit',
  'delivery deliver delivers delivered delivering shipping ship ships',
  'booking book bookings appointment appointments reservation reservations reserve',
  'phone telephone number mobile',
  'email mail',
  'website site web internet online homepage',
  'wifi wireless',
  'menu food dishes meals eat',
  'refund refunds return returns returning',
  'person human operator representative someone somebody',
];

/** A plural, participle or adverb and its base form become one word. Light: it only has to treat both sides alike. */
function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 5 && word.endsWith('ing')) return undoubled(word.slice(0, -3));
  if (word.length > 4 && word.endsWith('ed')) return undoubled(word.slice(0, -2));
  if (word.length > 4 && /(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith('s') && !/[su]s$/.test(word)) return undoubled(word.slice(0, -1));
  return undoubled(word);
}

/** `stopp` is `stop`, `bake` is `bak`: what is left after an ending was cut must meet the uncut word. */
function undoubled(word: string): string {
  if (word.length > 3 && word.endsWith('e')) return word.slice(0, -1);
  const last = word.at(-1);
  return word.length > 3 && last === word.at(-2) && last !== 'l' && last !== 's' ? word.slice(0, -1) : word;
}

const CANONICAL: ReadonlyMap<string, string> = new Map(
  SYNONYMS.flatMap((group) => {
    const words = group.split(' ');
    return words.map((word) => [stem(word), stem(words[0] ?? word)] as const);
  }),
);

/** The form in which two words for the same thing are equal. */
export function canonicalWord(word: string): string {
  const base = stem(word);
  return CANONICAL.get(base) ?? base;
}

/** Lower-case words of a text, without punctuation; an apostrophe stays inside its word. */
export function spokenWords(text: string): string[] {
  return text
    .toLowerCase()
    .replaceAll('\u2019', "'")
    .split(/[^\p{L}\p{N}']+/u)
    .map((word) => word.replace(/^'+/, '').replace(/'+$/, ''))
    .filter((word) => word !== '');
}
