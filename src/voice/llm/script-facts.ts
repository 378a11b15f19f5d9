import type { PromptMessage } from '../../domain/agents/agent.ts';

/** Something the scripted brain can say: a fact of the prompt (`Topic: answer`) or a `Q:`/`A:` pair. */
export interface Fact {
  /** What it is about, for a list of topics; absent for a question and answer. */
  topic?: string;
  /** A question the prompt names word by word. */
  question?: string;
  /** A spoken sentence. */
  answer: string;
}

/** Characters of prompt that are read; what follows is left out. */
const MAX_PROMPT_CHARS = 200_000;
const MAX_FACTS = 300;
const MAX_TOPIC_WORDS = 6;
const MAX_TOPIC_CHARS = 60;
const MAX_ANSWER_CHARS = 1_000;

/** Headings of instructions to a model: said aloud they would be nonsense to a caller. */
const INSTRUCTION_TOPICS = new Set(
  [
    'role identity persona personality tone style task tasks goal goals objective objectives instruction instructions',
    'rule rules guideline guidelines note notes important context example examples output format constraints',
    'background user assistant system caller agent remember first then step greeting language warning script',
  ].flatMap((line) => line.split(' ')),
);
const INSTRUCTION_STARTS = new Set(
  'if when always never do say ask you be use respond follow your'.split(' '),
);

/** Words that show that an answer is a sentence already. */
const SENTENCE_WORDS = new Set(
  [
    'we you i it they there is are am was were will can could would should may might must do does did has have had',
    "yes no please don't can't won't isn't aren't we're you're it's",
  ].flatMap((line) => line.split(' ')),
);

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}']/u)
    .filter((word) => word !== '');
}

/** Without the marks of Markdown and lists, which nobody speaks. */
function plainLine(line: string): string {
  const text = line.replaceAll(/[*_`#]/g, '').trim();
  const bullet = /^(?:[-•+]|\d{1,3}[.)])\s/.exec(text);
  return bullet ? text.slice(bullet[0].length).trim() : text;
}

function sentence(text: string): string {
  const trimmed = text.slice(0, MAX_ANSWER_CHARS).trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** `Opening hours`, `nine to five` becomes "The opening hours are nine to five."; a sentence stays what it is. */
function spokenAnswer(topic: string, answer: string): string {
  if (wordsOf(answer).some((word) => SENTENCE_WORDS.has(word))) return sentence(answer);
  const article = /^(?:the|our|my)\s/i.test(topic) ? '' : 'The ';
  const subject = article === '' ? topic : topic.charAt(0).toLowerCase() + topic.slice(1);
  // An abbreviation such as FAQ or VIP keeps its capitals.
  const spoken = /^\p{Lu}{2}/u.test(topic) ? topic : subject;
  const verb = /[^s]s$/i.test(topic) && !/(?:address|bus)$/i.test(topic) ? 'are' : 'is';
  return sentence(`${article}${spoken} ${verb} ${answer}`);
}

function isTopic(topic: string): boolean {
  const words = wordsOf(topic);
  const [first, ...more] = words;
  if (first === undefined || topic.length > MAX_TOPIC_CHARS || words.length > MAX_TOPIC_WORDS) return false;
  if (INSTRUCTION_STARTS.has(first) || (INSTRUCTION_TOPICS.has(first) && more.length === 0)) return false;
  return /^\p{L}/u.test(topic) && !/[.!?"<>{}[\]/]/.test(topic);
}

/** Reads the facts of a prompt, line by line; other lines are left alone. At most the first 300. */
export function parseFacts(messages: readonly Pick<PromptMessage, 'role' | 'content'>[]): Fact[] {
  const prompt = messages
    .filter(({ role }) => role === 'system' || role === 'developer')
    .map(({ content }) => content)
    .join('\n')
    .slice(0, MAX_PROMPT_CHARS);
  const facts: Fact[] = [];
  let question: string | undefined;
  for (const raw of prompt.split('\n')) {
    if (facts.length >= MAX_FACTS) break;
    const line = plainLine(raw);
    const colon = line.indexOf(':');
    const label = colon === -1 ? '' : line.slice(0, colon).trim();
    const rest = line.slice(colon + 1).trim();
    if (rest === '' || label === '') continue;
    if (/^(?:q|question)$/i.test(label)) question = rest.slice(0, MAX_ANSWER_CHARS);
    else if (/^(?:a|answer)$/i.test(label)) {
      if (question !== undefined) facts.push({ question, answer: sentence(rest) });
      question = undefined;
    } else if (isTopic(label)) facts.push({ topic: label, answer: spokenAnswer(label, rest) });
  }
  return facts;
}
