import type * as z from 'zod';

/**
 * Refuses `server.secret` where the vendor's schema has none and the exchange keeps objects as they came: there it
 * would be stored and returned in clear. Depth is capped where bodies are read.
 * @param known keys whose own schema knows the secret for one, or whose content means nothing.
 */
export function refuseStraySecrets(known: readonly string[]) {
  return (body: Record<string, unknown>, context: z.RefinementCtx): void => {
    for (const [key, value] of Object.entries(body)) {
      if (known.includes(key)) continue;
      for (const path of strayServerSecrets(value, [key])) {
        context.addIssue({ code: 'unrecognized_keys', keys: ['secret'], path, input: body });
      }
    }
  };
}

function* strayServerSecrets(value: unknown, path: PropertyKey[]): Generator<PropertyKey[]> {
  if (value === null || typeof value !== 'object') return;
  for (const [name, member] of Object.entries(value)) {
    const key = Array.isArray(value) ? Number(name) : name;
    if (key === 'server' && member instanceof Object && 'secret' in member) yield [...path, key];
    else yield* strayServerSecrets(member, [...path, key]);
  }
}
