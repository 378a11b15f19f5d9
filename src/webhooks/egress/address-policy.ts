import { addressKind, parseNetworks } from '../../lib/ip-address.ts';

/** Judges where a customer's URL may lead. */
export interface AddressPolicy {
  /** @returns why the address must not be reached; undefined when it may be. */
  refusalOf(address: string): string | undefined;
}

/**
 * Public addresses are admitted, and whatever lies in `allow`.
 * @param allow networks such as `127.0.0.0/8` (`OFFHOOK_EGRESS_ALLOW`).
 * @throws RangeError naming the entry that is no network.
 */
export function createAddressPolicy(allow: readonly string[]): AddressPolicy {
  const allowed = parseNetworks(allow);
  return {
    refusalOf(address) {
      const kind = addressKind(address);
      if (kind === undefined) return 'not an IP address';
      if (kind === 'public' || allowed.includes(address)) return undefined;
      return `${kind} address`;
    },
  };
}
