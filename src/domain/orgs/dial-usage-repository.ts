/** How long the outbound legs of each org have talked, by day. */
export interface DialUsageRepository {
  /** @param day of UTC, as `2026-11-25` */
  addMinutes(orgId: string, day: string, minutes: number): Promise<void>;
  minutesOn(orgId: string, day: string): Promise<number>;
}

/** The day of UTC under which what happens at an instant is counted, as `2026-11-25`. */
export function usageDayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
