/** Longest document, in characters (the vendor's). */
const MAX_CHARACTERS = 4096;
const MAX_SECONDS = 600;
/** Twilio repeats without end where it is 0; an operator must not be kept so. */
const MAX_LOOPS = 10;

/** What an operator hears or is asked before he is joined to the caller. Durations in seconds, as the document has them. */
export type TwimlVerb =
  | { verb: 'Say'; text: string; language?: string; loop: number }
  | { verb: 'Play'; url: string; loop: number }
  | { verb: 'Pause'; seconds: number }
  | {
      verb: 'Gather';
      inputs: ReadonlySet<'dtmf' | 'speech'>;
      seconds: number;
      digits?: number;
      finishKey: string;
      within: TwimlVerb[];
    }
  | { verb: 'Hangup' };

/** The document is none that is carried out here. The message may be shown to the customer. */
export class TwimlError extends Error {
  constructor(message: string) {
    super(`the TwiML cannot be carried out: ${message}`);
    this.name = 'TwimlError';
  }
}

interface Element {
  name: string;
  attributes: Map<string, string>;
  text: string;
  children: Element[];
}

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Say: ['voice', 'language', 'loop'],
  Play: ['loop'],
  Pause: ['length'],
  Gather: ['input', 'timeout', 'numDigits', 'finishOnKey', 'language', 'hints', 'speechTimeout'],
  Hangup: [],
};

/**
 * Reads the five verbs that a transfer may have (Twilio's TwiML: Say, Play, Pause, Gather, Hangup), with or without
 * `<Response>` around them. Whatever else stands there is refused, above all what would fetch further instructions.
 * @throws {TwimlError}
 */
export function parseTwiml(document: string): TwimlVerb[] {
  if (document.length > MAX_CHARACTERS) throw new TwimlError(`it has more than ${MAX_CHARACTERS} characters`);
  const { children, text } = elementsOf(document);
  const [first] = children;
  const top = first?.name === 'Response' && children.length === 1 ? first : { children, text };
  if (top.text.trim() !== '') throw new TwimlError('text stands outside the verbs');
  return top.children.map((element) => verbOf(element, false));
}

function verbOf({ name, attributes, text, children }: Element, isNested: boolean): TwimlVerb {
  const known = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined;
  if (!known || (isNested && !['Say', 'Play', 'Pause'].includes(name)))
    throw new TwimlError(`<${name}> is not one of the verbs that may stand here`);
  for (const attribute of attributes.keys()) {
    if (!known.includes(attribute)) throw new TwimlError(`<${name}> may have no ${attribute} here`);
  }
  if (children.length > 0 && name !== 'Gather') throw new TwimlError(`<${name}> may hold no other verb`);
  const content = text.trim();
  if (content !== '' && name !== 'Say' && name !== 'Play') throw new TwimlError(`<${name}> may hold no text`);
  const loop = numberOf(attributes, 'loop', 1, MAX_LOOPS) || MAX_LOOPS;
  switch (name) {
    case 'Say': {
      if (content === '') throw new TwimlError('<Say> has nothing to say');
      const language = attributes.get('language');
      return { verb: 'Say', text: content.replace(/\s+/g, ' '), loop, ...(language && { language }) };
    }
    case 'Play':
      if (!/^https?:\/\/\S+$/i.test(content)) throw new TwimlError('<Play> needs an http or https URL');
      return { verb: 'Play', url: content, loop };
    case 'Pause':
      return { verb: 'Pause', seconds: numberOf(attributes, 'length', 1, MAX_SECONDS) };
    case 'Gather':
      return gatherOf(attributes, children);
    default:
      return { verb: 'Hangup' };
  }
}

function gatherOf(attributes: Map<string, string>, children: Element[]): TwimlVerb {
  const inputs = new Set<'dtmf' | 'speech'>();
  for (const input of (attributes.get('input') ?? 'dtmf').split(/\s+/)) {
    if (input !== 'dtmf' && input !== 'speech')
      throw new TwimlError(`<Gather> knows no input ${JSON.stringify(input)}`);
    inputs.add(input);
  }
  const digits = attributes.has('numDigits') ? numberOf(attributes, 'numDigits', 1, 100) : undefined;
  const finishKey = attributes.get('finishOnKey') ?? '#';
  if (!/^[0-9*#]?$/.test(finishKey)) throw new TwimlError('finishOnKey must be one key, or none');
  return {
    verb: 'Gather',
    inputs,
    seconds: numberOf(attributes, 'timeout', 5, MAX_SECONDS),
    ...(digits !== undefined && { digits }),
    finishKey,
    within: children.map((child) => verbOf(child, true)),
  };
}

function numberOf(attributes: Map<string, string>, name: string, standard: number, most: number): number {
  const text = attributes.get(name);
  if (text === undefined) return standard;
  if (!/^\d{1,6}$/.test(text) || Number(text) > most)
    throw new TwimlError(`${name} must be a whole number from 0 to ${most}`);
  return Number(text);
}

/** One piece of a document: a declaration or comment, a tag, or text up to the next `<`. */
const PIECE =
  /<\?xml[^<>]*\?>|<!--(?:(?!--)[\s\S])*-->|<(\/?)([A-Za-z]+)((?:\s+[A-Za-z]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([A-Za-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** @returns what holds the elements of the document. @throws {TwimlError} where it is not well-formed */
function elementsOf(document: string): Element {
  const root: Element = { name: '', attributes: new Map(), text: '', children: [] };
  const open = [root];
  const piece = new RegExp(PIECE);
  while (piece.lastIndex < document.length) {
    const at = piece.lastIndex;
    const found = piece.exec(document);
    if (!found) throw new TwimlError(`it is not well-formed XML at character ${at + 1}`);
    const [, closing, name, attributes = '', selfClosed, text] = found;
    const current = open.at(-1) ?? root;
    if (text !== undefined) current.text += unescaped(text);
    if (name === undefined) continue;
    if (closing) {
      if (open.length === 1 || current.name !== name || attributes !== '' || selfClosed)
        throw new TwimlError(`</${name}> closes nothing`);
      open.pop();
      continue;
    }
    const element: Element = { name, attributes: attributesOf(name, attributes), text: '', children: [] };
    current.children.push(element);
    if (!selfClosed) open.push(element);
  }
  if (open.length > 1) throw new TwimlError(`<${open.at(-1)?.name}> is not closed`);
  return root;
}

function attributesOf(element: string, text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single = ''] of text.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw new TwimlError(`<${element}> has ${name} twice`);
    attributes.set(name, unescaped(double ?? single));
  }
  return attributes;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The five entities of XML and those by number; a document's own do not exist, so nothing can grow. */
function unescaped(text: string): string {
  return text.replace(/&([^;\s]{1,10};)?/g, (whole, body: string | undefined) => {
    const name = body?.slice(0, -1) ?? '';
    const named = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (named !== undefined) return named;
    const digits = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(name);
    const code = digits?.[1] ? Number.parseInt(digits[1], 16) : Number(digits?.[2] ?? Number.NaN);
    const isCharacter = code >= 0x20 && code <= 0x10_ffff && !(code >= 0xd800 && code <= 0xdfff);
    if (!isCharacter) throw new TwimlError(`${JSON.stringify(whole)} is no entity`);
    return String.fromCodePoint(code);
  });
}
