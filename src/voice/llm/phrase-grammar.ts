import type { AgentTool } from '../../domain/agents/agent.ts';
import { INTENT_PHRASES, KEY_WORDS } from './caller-intent.ts';
import { canonicalWord, spokenWords } from './english-words.ts';
import type { Script } from './script.ts';
import type { Fact } from './script-facts.ts';
import { slotsOf, toolWords } from './tool-slots.ts';
import { destinationLabel, movesCaller, TRANSFER_REQUESTS, TRANSFER_REQUESTS_TO } from './transfer-words.ts';

/** Alternatives of a grammar: recognition stays fast, and a script of this size is read, not heard. */
const MAX_PHRASES = 1_500;
const MAX_PHRASE_WORDS = 14;

/** How callers ask about a topic by its name. `%` is the name. */
const TOPIC_QUESTIONS = [
  '%',
  '% please',
  'what is your %',
  'what are your %',
  "what's your %",
  'what is the %',
  'what are the %',
  'tell me about your %',
  'tell me about the %',
  'tell me your %',
  'can you tell me your %',
  'do you have %',
  'i have a question about %',
];

/** How callers ask about common topics without naming them, by the canonical word of the topic. */
const TOPIC_IDIOMS: Readonly<Record<string, readonly string[]>> = {
  open: ['when are you open', 'when do you open', 'when do you close', 'are you open', 'are you open today'],
  hour: [
    'when are you open',
    'when do you open',
    'when do you close',
    'what time do you open',
    'what time do you close',
    'are you open on monday',
    'are you open on saturday',
    'are you open on sunday',
  ],
  address: [
    'where are you',
    'where are you located',
    'what is your address',
    'where can i find you',
    'how do i find you',
    'what is your location',
  ],
  price: [
    'how much is it',
    'how much does it cost',
    'what does it cost',
    'what do you charge',
    'what are your prices',
  ],
  park: ['where can i park', 'can i park there', 'is there parking', 'do you have a parking lot'],
  payment: [
    'how can i pay',
    'can i pay by card',
    'can i pay by credit card',
    'can i pay with cash',
    'do you take cards',
    'do you take credit cards',
  ],
  delivery: ['do you deliver', 'can you deliver', 'can you deliver to my house', 'how much is delivery'],
  book: [
    'can i make an appointment',
    'i would like to make an appointment',
    'can i make a reservation',
    'can i book',
  ],
  phon: ['what is your phone number', 'can i have your phone number'],
  email: ['what is your email address'],
};

const TOOL_REQUESTS = ['%', 'please %', 'can you %', 'i want to %', 'i would like to %', "i'd like to %"];
const VALUE_ANSWERS = ['%', '% please', 'the %', "i'd like %"];

/** The phrase as a grammar may hold it; undefined when a word has other letters than a to z. */
function speakable(phrase: string): string | undefined {
  const words = spokenWords(phrase);
  if (words.length === 0 || words.length > MAX_PHRASE_WORDS) return undefined;
  return words.every((word) => /^[a-z']{1,30}$/.test(word)) ? words.join(' ') : undefined;
}

function filled(patterns: readonly string[], name: string): string[] {
  return patterns.map((pattern) => pattern.replace('%', name));
}

function questionsAbout(fact: Fact): string[] {
  if (fact.topic === undefined) return [fact.question ?? ''];
  const idioms = spokenWords(fact.topic).flatMap((word) => TOPIC_IDIOMS[canonicalWord(word)] ?? []);
  return [...filled(TOPIC_QUESTIONS, fact.topic), ...idioms];
}

function requestsFor(tool: AgentTool): string[] {
  if (!movesCaller(tool)) return filled(TOOL_REQUESTS, toolWords(tool.name ?? ''));
  const labels = (tool.destinations ?? []).map(destinationLabel);
  return [...TRANSFER_REQUESTS, ...labels.flatMap((label) => filled(TRANSFER_REQUESTS_TO, label))];
}

/** Every phrase the script understands, each once. A question stands in it only if it finds its own fact. */
function phrasesOf(script: Script): string[] {
  const questions = script.facts.flatMap((fact) =>
    questionsAbout(fact).filter((phrase) => script.matcher.best(phrase)?.value === fact),
  );
  const requests = script.tools.flatMap((tool) =>
    requestsFor(tool).filter((phrase) => script.matcher.best(phrase)?.value === tool),
  );
  const values = script.tools.flatMap((tool) =>
    slotsOf(tool).flatMap(({ values = [], labels = values }) =>
      labels.flatMap((label) => filled(VALUE_ANSWERS, toolWords(label))),
    ),
  );
  const all = [...Object.values(INTENT_PHRASES).flat(), ...questions, ...requests, ...values];
  return [...new Set(all.flatMap((phrase) => speakable(phrase) ?? []))].slice(0, MAX_PHRASES);
}

/** Keys spoken one after the other, as an answer or after a verb. */
const KEY_PHRASES = ['<key>+', 'press <key>+', 'dial <key>+'];

function jsgf(phrases: readonly string[], keys: readonly string[]): string {
  const alternatives = [...phrases, ...(keys.length > 0 ? KEY_PHRASES : [])].join('\n  | ');
  const keyRule = keys.length > 0 ? `<key> = ${keys.join(' | ')};\n` : '';
  return `#JSGF V1.0;\ngrammar offhook;\n${keyRule}public <phrase> =\n    ${alternatives}\n  ;\n`;
}

function alternativesOf(grammar: string, rule: string): string[] {
  const start = grammar.indexOf(`<${rule}> =`);
  if (start === -1) return [];
  const body = grammar.slice(grammar.indexOf('=', start) + 1, grammar.indexOf(';', start));
  return body.split('|').map((alternative) => alternative.trim());
}

function phrasesIn(grammar: string): string[] {
  return alternativesOf(grammar, 'phrase').filter((phrase) => !phrase.includes('<'));
}

/**
 * What callers may say to a script, as JSGF: plain alternatives, one a line, words of a to z and the apostrophe. Keys of
 * the telephone are in it where a tool asks for them: short words attract noise.
 */
export function scriptGrammar(script: Script): string {
  const numbers = script.tools.some((tool) => slotsOf(tool).some(({ type }) => type === 'number'));
  return jsgf(phrasesOf(script), numbers || script.pressesKeys ? KEY_WORDS : []);
}

/** The words of a grammar of {@link scriptGrammar}, each once, sorted. */
export function grammarWords(grammar: string): string[] {
  const keys = alternativesOf(grammar, 'key');
  const verbs = keys.length > 0 ? ['dial', 'press'] : [];
  const spoken = phrasesIn(grammar).flatMap((phrase) => phrase.split(' '));
  return [...new Set([...spoken, ...verbs, ...keys])].sort();
}

/**
 * The grammar without the phrases that hold a word the recogniser's dictionary lacks (pocketsphinx refuses the whole
 * grammar over one). @returns undefined when no phrase is left.
 */
export function filterGrammar(grammar: string, isKnown: (word: string) => boolean): string | undefined {
  const phrases = phrasesIn(grammar).filter((phrase) => phrase.split(' ').every(isKnown));
  const keys = ['press', 'dial'].every(isKnown) ? alternativesOf(grammar, 'key').filter(isKnown) : [];
  return phrases.length === 0 ? undefined : jsgf(phrases, keys);
}
