import { spokenWords } from './english-words.ts';

/** What a caller says to any agent, whatever its script. */
export type CallerIntent = 'goodbye' | 'greeting' | 'thanks' | 'yes' | 'no' | 'repeat' | 'person' | 'help';

/** The phrases of each intent, as they are spoken. They are in the grammar word by word. */
export const INTENT_PHRASES: Readonly<Record<CallerIntent, readonly string[]>> = {
  goodbye: [
    'goodbye',
    'good bye',
    'bye',
    'bye bye',
    'okay bye',
    'thank you goodbye',
    'thank you bye',
    'thanks bye',
    'no thank you',
    'no thanks',
    "no that's all",
    "that's all",
    'that is all',
    "that's it",
    'nothing else',
    'have a nice day',
    'see you',
    'please hang up',
    'hang up',
    'end the call',
  ],
  greeting: ['hello', 'hi', 'hey', 'good morning', 'good afternoon', 'good evening'],
  thanks: ['thank you', 'thanks', 'thank you very much', 'thanks a lot'],
  yes: ['yes', 'yes please', 'yeah', 'sure', 'okay', 'of course', 'that is right'],
  no: ['no', 'nope', 'not now', 'no i do not'],
  repeat: [
    'say that again',
    'can you say that again',
    'could you repeat that',
    'please repeat that',
    'repeat that',
    'what did you say',
    'pardon',
  ],
  person: [
    'can i speak to a person',
    'can i talk to someone',
    'i want to speak to a human',
    'i want to talk to a person',
    'operator',
    'can i leave a message',
    'i would like to leave a message',
    'take a message',
  ],
  help: ['help', 'what can you do', 'what can i ask you', 'how can you help me', 'who are you'],
};

/** Words that callers put around a phrase. */
const FILLERS = new Set(['um', 'uh', 'er', 'well', 'oh', 'and', 'so', 'then', 'please', 'ok', 'okay', 'now']);
/** A farewell ends a longer sentence, too: "great, I will come by, goodbye". */
const FAREWELLS = new Set(['goodbye', 'bye']);

/** The words that count: fillers left out, unless nothing else was said. */
function bare(text: string): string {
  const words = spokenWords(text);
  const left = words.filter((word) => !FILLERS.has(word));
  return (left.length > 0 ? left : words).join(' ');
}

const INTENTS: ReadonlyMap<string, CallerIntent> = new Map(
  (Object.keys(INTENT_PHRASES) as CallerIntent[]).flatMap((intent) =>
    INTENT_PHRASES[intent].map((phrase) => [bare(phrase), intent] as const),
  ),
);

/** The intent of an utterance that says nothing else; undefined for all others. */
export function callerIntent(text: string): CallerIntent | undefined {
  const said = bare(text);
  const known = INTENTS.get(said);
  if (known) return known;
  return FAREWELLS.has(said.slice(said.lastIndexOf(' ') + 1)) ? 'goodbye' : undefined;
}

const DIGITS: ReadonlyMap<string, string> = new Map([
  ['zero', '0'],
  ['oh', '0'],
  ['one', '1'],
  ['two', '2'],
  ['three', '3'],
  ['four', '4'],
  ['five', '5'],
  ['six', '6'],
  ['seven', '7'],
  ['eight', '8'],
  ['nine', '9'],
  ['star', '*'],
  ['pound', '#'],
  ['hash', '#'],
]);

/** Spoken names of the telephone's keys. */
export const KEY_WORDS: readonly string[] = [...DIGITS.keys()];

/** The keys named in a text, in order: "one two five pound" and "12 5 #" are `125#`. */
export function spokenKeys(text: string): string {
  return spokenWords(text.replaceAll('#', ' pound ').replaceAll('*', ' star '))
    .map((word) => DIGITS.get(word) ?? (/^\d{1,32}$/.test(word) ? word : ''))
    .join('');
}

const KEY_VERBS = new Set(['press', 'dial', 'enter', 'type', 'push']);

/** The keys that an utterance asks to press; undefined when it asks for none. */
export function keysToPress(text: string): string | undefined {
  const words = spokenWords(text);
  const verb = words.findIndex((word) => KEY_VERBS.has(word));
  if (verb === -1) return undefined;
  const keys = spokenKeys(text.slice(text.toLowerCase().indexOf(words[verb] ?? '')));
  return keys === '' ? undefined : keys;
}
