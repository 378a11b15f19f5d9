import type { DialogId } from './dialog.ts';

/** Dialogs by their identifiers, with whoever handles their requests. */
export class DialogTable<Owner> {
  readonly #owners = new Map<string, Owner>();

  get size(): number {
    return this.#owners.size;
  }

  add(id: DialogId, owner: Owner): void {
    this.#owners.set(keyOf(id), owner);
  }

  remove(id: DialogId): void {
    this.#owners.delete(keyOf(id));
  }

  find(id: DialogId): Owner | undefined {
    return this.#owners.get(keyOf(id));
  }

  clear(): void {
    this.#owners.clear();
  }
}

/** Tags and Call-IDs have no spaces. */
function keyOf(id: DialogId): string {
  return `${id.callId} ${id.localTag} ${id.remoteTag}`;
}
