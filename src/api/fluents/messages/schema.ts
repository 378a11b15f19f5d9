import * as z from 'zod';
import { named } from '../components.ts';
import { phoneNumber } from '../fields.ts';

/** As long as the longest message that carriers split into parts. */
const MAX_MESSAGE_LENGTH = 1600;

export const messageSchema = named(
  'MessageDto',
  z.object({
    to_number: phoneNumber(),
    from_number: phoneNumber(),
    message: z.string().min(1).max(MAX_MESSAGE_LENGTH),
  }),
);
