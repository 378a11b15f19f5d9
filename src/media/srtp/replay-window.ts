/** Packets behind the newest that may still come; RFC 3711 section 3.3.2 asks for 64 at least. */
const WINDOW_PACKETS = 128;

/** Tells a packet that has come before, or is too old to tell (RFC 3711 section 3.3.2). */
export class ReplayWindow {
  /** Highest index that came; -1 before the first. */
  highest = -1;
  readonly #seen = new Float64Array(WINDOW_PACKETS).fill(-1);

  admits(index: number): boolean {
    return index > this.highest - WINDOW_PACKETS && this.#seen[index % WINDOW_PACKETS] !== index;
  }

  /** Notes a packet that has proved to be authentic. */
  note(index: number): void {
    this.#seen[index % WINDOW_PACKETS] = index;
    if (index > this.highest) this.highest = index;
  }
}
