import { networksAround } from '../../domain/trunks/ipv4-network.ts';

/** Which trunks are where: by network (`192.0.2.0/24`), by host name in lower case, or by an address of IPv6. */
export class TrunkPlaces {
  readonly #trunks = new Map<string, Set<string>>();
  readonly #places = new Map<string, readonly string[]>();

  /** Where a trunk is from now on; nowhere, where there is no place. */
  set(trunkId: string, places: readonly string[]): void {
    for (const place of this.#places.get(trunkId) ?? []) {
      const trunks = this.#trunks.get(place);
      trunks?.delete(trunkId);
      if (trunks?.size === 0) this.#trunks.delete(place);
    }
    if (places.length === 0) this.#places.delete(trunkId);
    else this.#places.set(trunkId, places);
    for (const place of places) {
      const trunks = this.#trunks.get(place) ?? new Set();
      this.#trunks.set(place, trunks.add(trunkId));
    }
  }

  /** @param where an address or a host name in lower case */
  has(where: string): boolean {
    return this.#trunks.size > 0 && keysOf(where).some((key) => this.#trunks.has(key));
  }

  /** The ids of the trunks that are there, each once. */
  trunksAt(where: string): string[] {
    if (this.#trunks.size === 0) return [];
    return [...new Set(keysOf(where).flatMap((key) => [...(this.#trunks.get(key) ?? [])]))];
  }
}

function keysOf(where: string): string[] {
  return [...networksAround(where), where];
}
