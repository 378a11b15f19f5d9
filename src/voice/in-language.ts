/**
 * The entry of a table for a language: its primary subtag decides, English stands in.
 * @param table by primary subtag; `en` must be there. @param language a BCP 47 tag.
 */
export function inLanguage<T>(table: Readonly<Record<string, T>> & { en: T }, language: string): T {
  const primary = language.toLowerCase().split(/[-_]/, 1)[0] ?? 'en';
  const found = Object.hasOwn(table, primary) ? table[primary] : undefined;
  return found ?? table.en;
}
