/** An instant as the API shows it. */
export function instantOf(at: number): string {
  return new Date(at).toISOString();
}
