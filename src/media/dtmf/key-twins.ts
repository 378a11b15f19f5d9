/** The ways on which one key may come: as a telephone-event in the audio (RFC 4733), or beside it (SIP INFO). */
export type KeyWay = 'event' | 'info';

/** Some telephones send each key on both ways; the two come within this time of each other. Milliseconds. */
const TWIN_MS = 1_000;
/** Keys remembered: more are not pressed in that time. */
const MAX_KEYS = 16;

interface SeenKey {
  code: number;
  way: KeyWay;
  atMs: number;
}

/** Tells the second coming of a key on the other way from a key that was pressed again. */
export class KeyTwins {
  readonly #single: SeenKey[] = [];

  /** @returns whether the key is new; each key that was seen on one way takes one of the other way with it. */
  isNew(code: number, way: KeyWay, nowMs: number): boolean {
    while (this.#single[0] && (nowMs - this.#single[0].atMs > TWIN_MS || this.#single.length > MAX_KEYS))
      this.#single.shift();
    const twin = this.#single.findIndex((key) => key.code === code && key.way !== way);
    if (twin < 0) this.#single.push({ code, way, atMs: nowMs });
    else this.#single.splice(twin, 1);
    return twin < 0;
  }
}
