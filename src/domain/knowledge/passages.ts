import type { KnowledgeDocument } from './knowledge.ts';

/** Characters of a passage: a few sentences, as much as a model needs to answer and a caller's patience allows it to read. */
export const MAX_PASSAGE_LENGTH = 800;

const BLANK_LINE = /\n[^\S\n]*\n/;
/** Characters of a line that are looked at for a heading, and of a heading that goes along with its passages. */
const MAX_HEADING_LENGTH = 200;
const HEADING = /^ {0,3}#{1,6}[ \t]+(.*?)[ \t#]*$/;
/** Where a paragraph that is too long is cut, the best place first. */
const CUTS = [/[.!?…。！？]["')\]»”’]*\s/g, /\n/g, /\s/g] as const;

/**
 * A document's text in pieces that are found and read by themselves: paragraphs, short ones joined, long ones cut
 * after a sentence. In Markdown a heading goes along with each piece below it.
 */
export function passagesOf({ content, format }: Pick<KnowledgeDocument, 'content' | 'format'>): string[] {
  const text = content.replaceAll(/\r\n?/g, '\n');
  return sectionsOf(text, format).flatMap(({ heading, body }) => {
    const room = MAX_PASSAGE_LENGTH - heading.length - 1;
    const pieces = joined(paragraphsOf(body, room), room);
    return pieces.map((piece) => (heading === '' ? piece : `${heading}\n${piece}`));
  });
}

interface Section {
  heading: string;
  body: string;
}

function sectionsOf(text: string, format: KnowledgeDocument['format']): Section[] {
  if (format === 'text') return [{ heading: '', body: text }];
  const sections: { heading: string; lines: string[] }[] = [{ heading: '', lines: [] }];
  let fenced = false;
  for (const line of text.split('\n')) {
    if (/^ {0,3}(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? undefined : HEADING.exec(line.slice(0, MAX_HEADING_LENGTH))?.[1];
    if (heading === undefined) sections.at(-1)?.lines.push(line);
    else sections.push({ heading, lines: [] });
  }
  return sections.map(({ heading, lines }) => ({ heading, body: lines.join('\n') }));
}

function paragraphsOf(body: string, room: number): string[] {
  return body
    .split(BLANK_LINE)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .flatMap((paragraph) => cut(paragraph, room));
}

function cut(paragraph: string, room: number): string[] {
  const pieces: string[] = [];
  let rest = paragraph;
  while (rest.length > room) {
    const end = cutOf(rest.slice(0, room));
    pieces.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return [...pieces, rest].filter((piece) => piece !== '');
}

/** Where a text is cut: after its last sentence, line or word, or else at its end, though never within a character. */
function cutOf(text: string): number {
  for (const pattern of CUTS) {
    const last = [...text.matchAll(pattern)].at(-1);
    if (last) return last.index + last[0].length;
  }
  return /[\ud800-\udbff]$/.test(text) ? text.length - 1 : text.length;
}

function joined(paragraphs: string[], room: number): string[] {
  const pieces: string[] = [];
  for (const paragraph of paragraphs) {
    const last = pieces.at(-1);
    if (last !== undefined && last.length + paragraph.length + 2 <= room)
      pieces[pieces.length - 1] = `${last}\n\n${paragraph}`;
    else pieces.push(paragraph);
  }
  return pieces;
}
