import * as z from 'zod';
import { isE164Number } from '../../../domain/numbers/e164.ts';
import { named } from '../components.ts';
import { instant, sipUri, uuid } from '../fields.ts';

/** Lengths of the vendor's document. */
const MAX_NAME_LENGTH = 255;
const MAX_VALUE_LENGTH = 500;

export const transferDestinationInputSchema = named(
  'TransferDestinationInput',
  z
    .strictObject({
      name: z.string().min(1).max(MAX_NAME_LENGTH),
      type: z.enum(['phone', 'sip']),
      value: z.string().min(1).max(MAX_VALUE_LENGTH),
    })
    .superRefine(({ type, value }, context) => {
      const message = type === 'phone' ? phoneProblem(value) : sipProblem(value);
      if (message) context.addIssue({ code: 'custom', path: ['value'], message });
    }),
);

function phoneProblem(value: string): string | undefined {
  return isE164Number(value) ? undefined : 'must be a phone number in the E.164 format';
}

function sipProblem(value: string): string | undefined {
  const { success } = sipUri().safeParse(value);
  return success ? undefined : 'must be a SIP URI, such as sip:user@host';
}

export const transferDestinationSchema = named(
  'TransferDestination',
  z.object({
    ...transferDestinationInputSchema.shape,
    id: uuid(),
    created_at: instant(),
    updated_at: instant(),
  }),
);

/** Exactly one of the two. */
export const assignTransferDestinationSchema = named(
  'AssignTransferDestination',
  z
    .strictObject({ destination_id: uuid().optional(), create: transferDestinationInputSchema.optional() })
    .refine(({ destination_id, create }) => (destination_id === undefined) !== (create === undefined), {
      message: 'must have either destination_id or create',
    }),
);

export const assignedDestinationSchema = named(
  'AssignedTransferDestination',
  z.object({ destination_id: uuid() }),
);

export type TransferDestinationBody = z.output<typeof transferDestinationInputSchema>;
export type TransferDestinationReply = z.output<typeof transferDestinationSchema>;
