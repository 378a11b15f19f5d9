/** What became of one field of a dialect's document. */
export type FieldState =
  /** The domain field that it is, and that does on a call what the document says. */
  | { is: string }
  /** Stored and returned, without effect yet: why. Each call that it would have touched names it. */
  | { kept: string }
  /** Taken as the document has it and left without a meaning: why. */
  | { ignored: string }
  /** Not taken: why, and with which error. */
  | { refused: string; error: string };

/** Fields of one object of a dialect, under all the names that the document gives its forms. */
export interface FieldFamily {
  /** Schemas of the document; a path stands for the body of that route. */
  schemas: readonly string[];
  fields: Readonly<Record<string, FieldState>>;
}

/** Every field of a dialect's document, by object. `docs/reference/dialects.md` is made from it. */
export type FieldTable = Readonly<Record<string, FieldFamily>>;

export const is = (domain: string): FieldState => ({ is: domain });
export const kept = (why: string): FieldState => ({ kept: why });
export const ignored = (why: string): FieldState => ({ ignored: why });
export const refused = (why: string, error: string): FieldState => ({ refused: why, error });

/** A name or a note that is stored and shown, and that no call reads. */
export const note = (domain: string): FieldState => ({ is: `${domain} (for people: no call reads it)` });

/** The same for several fields that are called in the domain as they are here. */
export function notes(object: string, ...names: string[]): Record<string, FieldState> {
  return Object.fromEntries(names.map((name) => [name, note(`${object}.${name}`)]));
}

/** The same state for several fields that are called in the domain as they are here. */
export function same(object: string, ...names: string[]): Record<string, FieldState> {
  return Object.fromEntries(names.map((name) => [name, is(`${object}.${name}`)]));
}
