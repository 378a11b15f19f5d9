import * as z from 'zod';
import { pageSchema } from '../../server/pages.ts';
import { agentSlotSchema, inlineAgentSchema } from '../agents/schema.ts';
import { named } from '../components.ts';
import { anyObject, phoneNumber } from '../fields.ts';

const MAX_TEXT_LENGTH = 200;

/** What the page marks as required beyond the two numbers and the agent is optional: its own clients leave it out. */
export const createCallSchema = named(
  'CreateCallDto',
  z.object({
    to_number: phoneNumber(),
    from_number: phoneNumber(),
    agent_phone_number: phoneNumber().nullish(),
    agent: z.union([agentSlotSchema, inlineAgentSchema]),
    telephony_provider: z.union([z.string().max(MAX_TEXT_LENGTH), anyObject()]).nullish(),
    context: anyObject().nullish(),
    telephony_params: anyObject().nullish(),
    is_outgoing: z.boolean().nullish(),
    hipaa_compliant: z.boolean().nullish(),
    on_no_human_answer: z.enum(['continue', 'hangup']).nullish(),
    run_do_not_call_detection: z.boolean().nullish(),
  }),
);

export type CreateCallBody = z.output<typeof createCallSchema>;

export const callSchema = named(
  'CallDto',
  z.looseObject({
    id: z.string(),
    user_id: z.string(),
    status: z.enum(['not_started', 'in_progress', 'error', 'ended']),
    to_number: z.string(),
    from_number: z.string(),
    agent: anyObject(),
  }),
);

export const callPageSchema = named('CallPage', pageSchema(callSchema));
