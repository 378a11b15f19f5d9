/** A figure with as many decimals as a reader can use: three significant digits, none above 100. */
export function rounded(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(magnitude >= 10 ? 1 : 2);
}

/** How many times the reference: `1.8x`. */
export function ratio(value: number, reference: number): string {
  return reference > 0 ? `${rounded(value / reference)}x` : '-';
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value === 0 ? '0' : value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 1)} %`;
}
