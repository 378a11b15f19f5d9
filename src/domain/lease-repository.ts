/** Work that one process at a time does, of all that share a store. */
export interface LeaseRepository {
  /**
   * Takes the named leases, or keeps them, until `expiresAt`. One that another holder has is left to him until it expires.
   * @returns the names of those that are the holder's now
   */
  hold(names: readonly string[], holder: string, now: number, expiresAt: number): Promise<string[]>;
  /** Gives up those of the named leases that are the holder's. */
  release(names: readonly string[], holder: string): Promise<void>;
}
