/** `a` comes before `b` on a time line of 32 bits that wraps. */
function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

interface Run {
  from: number;
  /** The timestamp behind the last of it. */
  to: number;
}

/**
 * Which parts of a time line are there: runs in their order that neither touch nor overlap. A stream without a hole is one
 * run, which costs two comparisons where a mark for each sample would cost hundreds; it is kept at hand, the others in a
 * list. Timestamps are taken with or without sign.
 */
export class TimestampRuns {
  /** The first run; empty where its ends are the same. */
  #from = 0;
  #to = 0;
  readonly #later: Run[] = [];

  /** Adds what lies from `from` up to, without it, `to`; what of it is there already makes no difference. */
  add(from: number, to: number): void {
    if (this.#later.length > 0) {
      this.#merge(from | 0, to | 0);
    } else if (this.#from === this.#to) {
      this.#from = from | 0;
      this.#to = to | 0;
    } else if ((from | 0) === this.#to) {
      this.#to = to | 0;
    } else {
      this.#merge(from | 0, to | 0);
    }
  }

  /** Forgets all that lies before a timestamp. */
  dropBefore(timestamp: number): void {
    while (this.#from !== this.#to && isBefore(this.#from, timestamp)) {
      if (isBefore(timestamp, this.#to)) this.#from = timestamp | 0;
      else this.#take(this.#later.shift());
    }
  }

  /** Whether all is there from `from` up to, without it, `to`. */
  covers(from: number, to: number): boolean {
    if (this.#from === this.#to) return false;
    if (!isBefore(from, this.#from) && !isBefore(this.#to, to)) return true;
    for (const run of this.#later) if (!isBefore(from, run.from) && !isBefore(run.to, to)) return true;
    return false;
  }

  clear(): void {
    this.#take(undefined);
    this.#later.length = 0;
  }

  #merge(from: number, to: number): void {
    const runs = [{ from: this.#from, to: this.#to }, ...this.#later];
    let first = 0;
    while (first < runs.length && isBefore((runs[first] as Run).to, from)) first += 1;
    let behind = first;
    const merged = { from, to };
    for (; behind < runs.length; behind += 1) {
      const run = runs[behind] as Run;
      if (isBefore(to, run.from)) break;
      if (isBefore(run.from, merged.from)) merged.from = run.from;
      if (isBefore(merged.to, run.to)) merged.to = run.to;
    }
    runs.splice(first, behind - first, merged);
    this.#take(runs.shift());
    this.#later.splice(0, this.#later.length, ...runs);
  }

  #take(run: Run | undefined): void {
    this.#from = run?.from ?? 0;
    this.#to = run?.to ?? 0;
  }
}
