import * as z from 'zod';
import { isRelaxedNumber } from '../../../domain/numbers/e164.ts';
import { named } from '../components.ts';
import { headerText, hostName, instant, uuid } from '../fields.ts';

const MAX_NAME_LENGTH = 255;
const MAX_ACCOUNT_LENGTH = 1000;
const MAX_CALLER_LENGTH = 40;

export const createOutboundTrunkSchema = named(
  'CreateOutboundTrunk',
  z.strictObject({
    name: z.string().min(1).max(MAX_NAME_LENGTH),
    host: hostName(),
    username: headerText(MAX_ACCOUNT_LENGTH).min(1),
    password: headerText(MAX_ACCOUNT_LENGTH).min(1).meta({ writeOnly: true }),
    // A carrier may want its own form of a number, so E.164 is not asked for.
    caller_number: z
      .string()
      .max(MAX_CALLER_LENGTH)
      .refine(isRelaxedNumber, { message: 'must be letters and digits, with or without a leading +' }),
    port: z.int().min(1).max(65_535).optional(),
    transport: z.enum(['udp', 'tcp', 'tls']).optional(),
  }),
);

/** The trunk's settings are not shown again. */
export const outboundTrunkSchema = named(
  'OutboundTrunk',
  z.object({ id: uuid(), name: z.string(), created_at: instant(), updated_at: instant() }),
);

export type CreateOutboundTrunkBody = z.output<typeof createOutboundTrunkSchema>;
export type OutboundTrunkReply = z.output<typeof outboundTrunkSchema>;
