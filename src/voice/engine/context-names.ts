/** `${name}` in a prompt or message: what Vocode fills from the context of a call. */
const NAMES = /\$\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}/g;
/** The template variable that holds the context; no header and no override can make one of this name. */
export const CONTEXT_VARIABLE = '__context';

/**
 * The text with each `${name}` as a template of its own, so that one rendering fills both kinds and no value is ever
 * rendered again.
 */
export function asTemplate(text: string): string {
  return text.replace(NAMES, (_, name: string) => `{{ ${CONTEXT_VARIABLE}["${name}"] }}`);
}

/** The names that texts ask for. */
export function contextNames(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => [...text.matchAll(NAMES)].map(([, name]) => name ?? ''));
  return [...new Set(names)];
}
