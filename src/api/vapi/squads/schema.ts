import * as z from 'zod';
import { assistantBodySchema, overridesSchema } from '../assistants/schema.ts';
import { named } from '../components.ts';
import { assistantDestinationSchema } from '../destinations/agent-schema.ts';
import { instant, uuid } from '../fields.ts';
import { provide } from '../nesting.ts';

const MAX_NAME_LENGTH = 200;
const MAX_MEMBERS = 100;
const MAX_DESTINATIONS = 200;
const MAX_VERSION_LENGTH = 40;

const memberSchema = named(
  'SquadMemberDTO',
  z
    .strictObject({
      assistantId: uuid().nullish(),
      assistantVersion: z.string().max(MAX_VERSION_LENGTH).nullish(),
      assistant: assistantBodySchema.nullish(),
      assistantOverrides: overridesSchema.nullish(),
      assistantDestinations: z.array(assistantDestinationSchema).max(MAX_DESTINATIONS).nullish(),
    })
    .superRefine(({ assistantId, assistant }, context) => {
      if (assistantId || assistant) return;
      context.addIssue({ code: 'custom', path: ['assistantId'], message: 'must be a UUID' });
    }),
);

const keys = {
  name: z.string().max(MAX_NAME_LENGTH).nullish(),
  members: z.array(memberSchema).min(1).max(MAX_MEMBERS),
  membersOverrides: overridesSchema.nullish(),
};

export const squadBodySchema = named('CreateSquadDTO', z.strictObject(keys));

/** What was required stays required: the members may be left out, but not unset. */
export const squadChangesSchema = named(
  'UpdateSquadDTO',
  z.strictObject({ ...keys, members: keys.members.optional() }),
);

provide({ squadSchema: squadBodySchema });

export const squadSchema = named(
  'Squad',
  z.object({ ...keys, id: uuid(), orgId: uuid(), createdAt: instant(), updatedAt: instant() }),
);

export type SquadBody = z.output<typeof squadBodySchema>;
export type SquadChanges = z.output<typeof squadChangesSchema>;
export type SquadMemberBody = z.output<typeof memberSchema>;
