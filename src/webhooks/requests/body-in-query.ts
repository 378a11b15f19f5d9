/**
 * A message for a server that wants GET: each key of its JSON object is a parameter of the URL, text as it is and
 * anything else as JSON. The URL's own parameters stay.
 * @throws SyntaxError where the body is no JSON.
 */
export function bodyInQuery(url: string, body: string): string {
  const asking = new URL(url);
  for (const [name, value] of Object.entries(JSON.parse(body) as Record<string, unknown>))
    asking.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  return asking.href;
}
