/** Paths that one note lists; a person who wants all of them looks at the object. */
const MAX_LISTED = 6;

/** A sentence with the paths that it is about; none where there are none. */
export function note(words: string, paths: readonly string[]): string[] {
  return paths.length === 0 ? [] : [`${words}: ${listed(paths)}`];
}

export function listed(paths: readonly string[]): string {
  const rest = paths.length - MAX_LISTED;
  return `${paths.slice(0, MAX_LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
