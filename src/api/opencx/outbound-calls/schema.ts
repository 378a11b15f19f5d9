import * as z from 'zod';
import { named } from '../components.ts';
import { uuid } from '../fields.ts';
import { e164 } from '../phone-agents/schema.ts';

/** Whom to call. The vendor's document describes it in words only, so further keys are let through. */
export const makeOutboundCallSchema = named(
  'MakeOutboundCallDto',
  z.looseObject({
    phone_agent_id: z.string(),
    contact: z.union([z.strictObject({ id: uuid() }), z.strictObject({ phone_number: e164() })]),
  }),
);

/** What the vendor answers is in none of its documents. */
export const outboundCallSchema = named(
  'OutboundCall',
  z.looseObject({
    id: z.string(),
    phone_agent_id: z.string(),
    status: z.string(),
    from: z.string().nullable().meta({ description: "Null: the trunk's own caller number." }),
    to: z.string(),
    created_at: z.string(),
  }),
);

export type MakeOutboundCallBody = z.output<typeof makeOutboundCallSchema>;
