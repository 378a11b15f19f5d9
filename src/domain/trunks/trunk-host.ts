const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The trunk that a host of ours names: `<credential id>.<domain>`. It says whose call it is where two orgs have the same
 * gateway.
 * @param domains ours, in any case
 */
export function trunkIdOfHost(host: string, domains: readonly string[]): string | undefined {
  const name = host.toLowerCase();
  const dot = name.indexOf('.');
  if (dot === -1) return undefined;
  const [id, domain] = [name.slice(0, dot), name.slice(dot + 1)];
  return UUID.test(id) && domains.some((ours) => ours.toLowerCase() === domain) ? id : undefined;
}
