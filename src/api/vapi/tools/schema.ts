import * as z from 'zod';
import { named } from '../components.ts';
import {
  assistantDestinationSchema,
  type HandoffDestinationBody,
  handoffDestinationSchema,
} from '../destinations/agent-schema.ts';
import { numberDestinationSchema, sipDestinationSchema } from '../destinations/schema.ts';
import { anyObject, instant, uuid } from '../fields.ts';
import { serverSchema } from '../servers/schema.ts';
import { refuseStraySecrets } from '../servers/stray-secrets.ts';
import { toolMessagesSchema } from './message-schema.ts';

const MAX_DESTINATIONS = 200;
const MAX_PARAMETERS = 200;
const MAX_RESULT_LENGTH = 10_000;

/** Kinds of tools that the exchange does not run: their keys stay as they came. */
const KEPT_TYPES = [
  'apiRequest',
  'code',
  'bash',
  'computer',
  'textEditor',
  'query',
  'google.calendar.event.create',
  'google.sheets.row.append',
  'google.calendar.availability.check',
  'slack.message.send',
  'sms',
  'mcp',
  'gohighlevel.calendar.availability.check',
  'gohighlevel.calendar.event.create',
  'gohighlevel.contact.create',
  'gohighlevel.contact.get',
  'sipRequest',
  'voicemail',
  // Left the vendor's schema, and stand in stored assistants.
  'ghl',
  'make',
  'output',
] as const;

const functionName = () => z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);

export const functionSchema = named(
  'OpenAIFunction',
  z.strictObject({
    name: functionName(),
    description: z.string().nullish(),
    parameters: anyObject().nullish(),
    strict: z.boolean().nullish(),
  }),
);

/** On every tool in the vendor's older schemas, and on most in the current one. */
const shared = {
  messages: toolMessagesSchema.nullish(),
  async: z.boolean().nullish(),
  server: serverSchema.nullish(),
  function: functionSchema.nullish(),
  rejectionPlan: anyObject().nullish(),
};

const transferDestinationSchema = z.discriminatedUnion('type', [
  assistantDestinationSchema,
  numberDestinationSchema,
  sipDestinationSchema,
]);

/** The keys of each kind of tool that the exchange runs, besides the shared ones. */
const OWN_KEYS = {
  function: {
    variableExtractionPlan: anyObject().nullish(),
    parameters: z
      .array(z.strictObject({ key: z.string(), value: z.unknown() }))
      .max(MAX_PARAMETERS)
      .nullish(),
  },
  transferCall: { destinations: z.array(transferDestinationSchema).max(MAX_DESTINATIONS).nullish() },
  handoff: {
    destinations: z.array(handoffDestinationSchema).max(MAX_DESTINATIONS).nullish(),
    defaultResult: z.string().max(MAX_RESULT_LENGTH).nullish(),
  },
  endCall: {},
  dtmf: { sipInfoDtmfEnabled: z.boolean().nullish() },
} as const;

/** Kept kinds declare their function more freely, since nothing is made of it. */
const keptKeys = {
  messages: toolMessagesSchema.nullish(),
  async: z.boolean().nullish(),
  server: serverSchema.nullish(),
  function: z
    .looseObject({
      name: functionName().nullish(),
      description: z.string().nullish(),
      parameters: anyObject().nullish(),
    })
    .nullish(),
};

const SECRETS_KNOWN = ['server', 'function'];

/** A tool as it is created or given in place. */
export const toolSchema = named(
  'CreateToolDTO',
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('function'), ...shared, ...OWN_KEYS.function }),
    z.strictObject({ type: z.literal('transferCall'), ...shared, ...OWN_KEYS.transferCall }),
    z.strictObject({ type: z.literal('handoff'), ...shared, ...OWN_KEYS.handoff }),
    z.strictObject({ type: z.literal('endCall'), ...shared, ...OWN_KEYS.endCall }),
    z.strictObject({ type: z.literal('dtmf'), ...shared, ...OWN_KEYS.dtmf }),
    z.looseObject({ type: z.enum(KEPT_TYPES), ...keptKeys }).superRefine(refuseStraySecrets(SECRETS_KNOWN)),
  ]),
);

const RUN_SCHEMAS: Readonly<Record<string, z.ZodType<ToolChanges>>> = {
  function: z.strictObject({ type: z.literal('function').optional(), ...shared, ...OWN_KEYS.function }),
  transferCall: z.strictObject({
    type: z.literal('transferCall').optional(),
    ...shared,
    ...OWN_KEYS.transferCall,
  }),
  handoff: z.strictObject({ type: z.literal('handoff').optional(), ...shared, ...OWN_KEYS.handoff }),
  endCall: z.strictObject({ type: z.literal('endCall').optional(), ...shared, ...OWN_KEYS.endCall }),
  dtmf: z.strictObject({ type: z.literal('dtmf').optional(), ...shared, ...OWN_KEYS.dtmf }),
};

/** The schema of a change of a tool: its `type` may stand there if it is its own. */
export function toolChangesSchema(type: string): z.ZodType<ToolChanges> {
  const run = RUN_SCHEMAS[type];
  if (run) return run;
  return z
    .looseObject({ type: z.literal(type).optional(), ...keptKeys })
    .superRefine(refuseStraySecrets(SECRETS_KNOWN));
}

/** Only documents a change: what is allowed depends on the kind of the stored tool. */
export const updateToolSchema = named('UpdateToolDTO', anyObject());

export const storedToolSchema = named(
  'Tool',
  z.looseObject({ id: uuid(), orgId: uuid(), type: z.string(), createdAt: instant(), updatedAt: instant() }),
);

export type ToolBody = z.output<typeof toolSchema>;

export interface ToolFunctionBody {
  name?: string | null | undefined;
  description?: string | null | undefined;
  parameters?: Record<string, unknown> | null | undefined;
  [key: string]: unknown;
}

/** Keys of any kind of tool; null unsets. */
export interface ToolChanges {
  type?: string | undefined;
  messages?: z.output<typeof toolMessagesSchema> | null | undefined;
  async?: boolean | null | undefined;
  server?: z.output<typeof serverSchema> | null | undefined;
  function?: ToolFunctionBody | null | undefined;
  destinations?: (z.output<typeof transferDestinationSchema> | HandoffDestinationBody)[] | null | undefined;
  [key: string]: unknown;
}
