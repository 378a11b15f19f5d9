/** Ends of sentences that a space follows, and those of scripts that write none. */
const BOUNDARY = /[.!?…]["'”’)\]]*\s+|[。！？।]\s*|\n+/gu;
/** Words that end with a full stop amid a sentence. */
const ABBREVIATION = /(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|no|vs|etc|e\.g|i\.e|approx|dept|[a-z])\.\s*$/iu;
/** A text this long without an end is cut at a comma or a space: the voice need not wait for it. */
const LONGEST_PIECE = 240;

/** Cuts a stream of text into sentences, so that a voice can begin with the first one. */
export class SentenceSplitter {
  #rest = '';

  /** @returns the sentences that are complete now, each with the space behind it. */
  push(text: string): string[] {
    this.#rest += text;
    const sentences: string[] = [];
    let start = 0;
    for (const match of this.#rest.matchAll(BOUNDARY)) {
      const end = match.index + match[0].length;
      const sentence = this.#rest.slice(start, end);
      if (sentence.trim() === '' || ABBREVIATION.test(sentence)) continue;
      sentences.push(sentence);
      start = end;
    }
    this.#rest = this.#rest.slice(start);
    while (this.#rest.length > LONGEST_PIECE) sentences.push(this.#cutLong());
    return sentences;
  }

  /** @returns what is left at the end of the text. */
  flush(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest.trim() === '' ? [] : [rest];
  }

  #cutLong(): string {
    const head = this.#rest.slice(0, LONGEST_PIECE);
    const comma = Math.max(head.lastIndexOf(', '), head.lastIndexOf('; '));
    const space = head.lastIndexOf(' ');
    const end = comma > 0 ? comma + 2 : space > 0 ? space + 1 : LONGEST_PIECE;
    const piece = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end);
    return piece;
  }
}
