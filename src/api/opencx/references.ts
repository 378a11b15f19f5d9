import { fieldInvalid } from '../server/failure.ts';
import type { OpencxContext } from './context.ts';

interface Finder {
  get(orgId: string, id: string): Promise<unknown>;
}

/**
 * Checks the scenarios and actions that an agent is given.
 * @throws {RequestInvalidError} for the first that the org does not have; a foreign one counts as none.
 */
export async function requireReferences(
  { scenarios, tools }: Pick<OpencxContext, 'scenarios' | 'tools'>,
  orgId: string,
  body: { instructions?: string[] | null | undefined; actionIds?: string[] | null | undefined },
): Promise<void> {
  await requireAll(scenarios, orgId, { field: 'instructions', thing: 'scenario', ids: body.instructions });
  await requireAll(tools, orgId, { field: 'actionIds', thing: 'action', ids: body.actionIds });
}

async function requireAll(
  finder: Finder,
  orgId: string,
  { field, thing, ids }: { field: string; thing: string; ids: string[] | null | undefined },
): Promise<void> {
  const wanted = [...new Set(ids ?? [])];
  const found = await Promise.all(wanted.map((id) => finder.get(orgId, id)));
  const missing = wanted.find((_, index) => found[index] === undefined);
  if (missing !== undefined) throw fieldInvalid([field], `names ${thing} ${missing}, which does not exist`);
}
