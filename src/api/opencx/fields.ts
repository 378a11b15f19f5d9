import * as z from 'zod';

export { assign, headerText, hostName, serverUrl, sipUri, uuid } from '../server/fields.ts';

/** An instant of a reply; nobody sends one. */
export const instant = () => z.string().meta({ format: 'date-time' });

export function instantOf(at: number): string {
  return new Date(at).toISOString();
}

/** Any text may stand as an id: one that is none is an id of nothing, and gets the same 404. */
export const idParams = z.object({ id: z.string().transform((id) => id.toLowerCase()) });
