import * as z from 'zod';
import { named } from '../components.ts';
import { uuid } from '../fields.ts';
import { e164 } from '../phone-agents/schema.ts';

/** Numbers of one trunk: each is a row that is written when it joins. */
export const MAX_TRUNK_NUMBERS = 1000;

export const createInboundTrunkSchema = named(
  'CreateInboundTrunk',
  z.strictObject({
    phone_numbers: z
      .array(e164())
      .max(MAX_TRUNK_NUMBERS)
      .optional()
      .meta({ description: 'Left out: all numbers of the org.' }),
    krisp_enabled: z.boolean().optional(),
  }),
);

export const inboundTrunkSchema = named(
  'InboundTrunk',
  z.object({
    id: uuid(),
    sip_endpoint: z.string(),
    auth_username: z.string(),
    auth_password: z.string(),
    phone_numbers: z.array(z.string()),
    krisp_enabled: z.boolean(),
    agent_id_header: z.string(),
  }),
);

/** The plus is a space to some clients and left out by others. */
export const numberParams = z.object({
  phone_number: z.string().transform((text) => `+${text.replace(/^[\s+]+/, '')}`),
});

export type CreateInboundTrunkBody = z.output<typeof createInboundTrunkSchema>;
export type InboundTrunkReply = z.output<typeof inboundTrunkSchema>;
