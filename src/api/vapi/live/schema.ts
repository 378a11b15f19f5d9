import * as z from 'zod';
import { agentDestinationSchema } from '../destinations/agent-schema.ts';
import { destinationSchema } from '../destinations/schema.ts';

/** Longest text that one command lets the agent say, in characters: the vendor's limit of a spoken sentence in hooks. */
const MAX_SAID_LENGTH = 4000;
/** Longest message that goes into the history, in characters: several pages of context. */
const MAX_MESSAGE_LENGTH = 20_000;

const said = () => z.string().max(MAX_SAID_LENGTH);

const saySchema = z
  .strictObject({
    type: z.literal('say'),
    content: said().min(1).optional(),
    // The vendor's page on live calls has shown the text under this name.
    message: said().min(1).optional(),
    endCallAfterSpoken: z.boolean().nullish(),
    // Both are taken and mean nothing: a sentence from outside takes the agent's turn, and the caller may cut it.
    interruptAssistantEnabled: z.boolean().nullish(),
    interruptionsEnabled: z.boolean().nullish(),
  })
  .superRefine(({ content, message }, context) => {
    if (content === undefined && message === undefined)
      context.addIssue({ code: 'custom', path: ['content'], message: 'must be a string' });
  });

const addMessageSchema = z.strictObject({
  type: z.literal('add-message'),
  message: z.strictObject({
    role: z.enum(['system', 'user', 'assistant', 'developer']),
    content: z.string().min(1).max(MAX_MESSAGE_LENGTH),
  }),
  triggerResponseEnabled: z.boolean().nullish(),
});

const controlSchema = z.strictObject({
  type: z.literal('control'),
  control: z.enum(['mute-assistant', 'unmute-assistant', 'say-first-message']),
});

const endCallSchema = z.strictObject({ type: z.literal('end-call') });

const transferSchema = z.strictObject({
  type: z.literal('transfer'),
  destination: destinationSchema,
  content: said().nullish(),
});

const handoffSchema = z.strictObject({
  type: z.literal('handoff'),
  destination: agentDestinationSchema,
  content: said().nullish(),
});

/** What is posted to a call's `monitor.controlUrl`. */
export const controlBodySchema = z.discriminatedUnion('type', [
  saySchema,
  addMessageSchema,
  controlSchema,
  endCallSchema,
  transferSchema,
  handoffSchema,
]);

export type ControlBody = z.output<typeof controlBodySchema>;
