/** Phrases that do something when the agent says them: any case, any spacing. */
export class SpokenPhrases {
  readonly #phrases: string[];

  constructor(phrases: readonly string[]) {
    this.#phrases = phrases.map(plain).filter((phrase) => phrase !== '');
  }

  occurIn(text: string): boolean {
    const spoken = plain(text);
    return this.#phrases.some((phrase) => spoken.includes(phrase));
  }
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
