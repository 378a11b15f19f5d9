/** The value below which `share` of the values lie (nearest rank); NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[Math.min(rank, sorted.length) - 1] as number;
}

/** Mean of the two middle values where their number is even. */
export function median(values: readonly number[]): number {
  if (values.length % 2 === 1) return percentile(values, 0.5);
  const sorted = Float64Array.from(values).sort();
  const upper = sorted.length / 2;
  return ((sorted[upper - 1] ?? Number.NaN) + (sorted[upper] ?? Number.NaN)) / 2;
}
