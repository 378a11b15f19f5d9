/**
 * The list with its last item repeated up to the next power of two, for `in (...)` and `values (...)`: without it each
 * length would be another statement, and the engines keep prepared only so many.
 */
export function padded<T>(items: readonly T[]): T[] {
  const last = items.at(-1);
  if (last === undefined) return [];
  const length = 2 ** Math.ceil(Math.log2(items.length));
  return [...items, ...new Array<T>(length - items.length).fill(last)];
}
