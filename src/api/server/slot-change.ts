/**
 * What a write gives for something that an object refers to. Undefined leaves it as it is, null takes it away.
 * An `id` alone names another one to take its place. A `body` alone changes the one that is there, or makes one.
 */
export type Given<B> =
  | undefined
  | null
  | { id: string }
  | { body: B }
  /** Fields under the id that they were once read with: they change that one, where the org has it. */
  | { id: string; body: B }
  /** A text that is an id where the org has such a one, and otherwise stands for fields. */
  | { id: string; otherwise: B };

export type SlotChange<P, B> =
  | { action: 'keep' }
  | { action: 'clear' }
  | { action: 'attach'; part: P }
  | { action: 'patch'; part: P; body: B }
  /** `instead`: what stood there and is of another kind. */
  | { action: 'create'; body: B; instead: P | undefined }
  | { action: 'refuse'; id: string };

/** What there is before a change. */
export interface Slot<P, B> {
  current: P | undefined;
  /** What the org has under the id that was given. */
  named: P | undefined;
  /** Whether fields mean another kind of thing, of which nothing can be kept. */
  isOther?: ((current: P, body: B) => boolean) | undefined;
}

/** The id that a write names, to be looked up before the change is decided. */
export function givenId(given: Given<unknown>): string | undefined {
  return given && 'id' in given ? given.id : undefined;
}

/** Decides what a write does to a slot. */
export function slotChange<P, B>(given: Given<B>, { current, named, isOther }: Slot<P, B>): SlotChange<P, B> {
  if (given === undefined) return { action: 'keep' };
  if (given === null) return current === undefined ? { action: 'keep' } : { action: 'clear' };
  const change = (part: P | undefined, body: B): SlotChange<P, B> =>
    part === undefined || isOther?.(part, body)
      ? { action: 'create', body, instead: part }
      : { action: 'patch', part, body };
  if ('body' in given) return change(named ?? current, given.body);
  if (named !== undefined) return { action: 'attach', part: named };
  return 'otherwise' in given ? change(current, given.otherwise) : { action: 'refuse', id: given.id };
}
