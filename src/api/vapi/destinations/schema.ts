import * as z from 'zod';
import { isE164Number, isRelaxedNumber } from '../../../domain/numbers/e164.ts';
import { named } from '../components.ts';
import { headerMap, headerText, serverUrl, sipUri } from '../fields.ts';
import { nestedSchema } from '../nesting.ts';

export const MAX_SPOKEN_LENGTH = 1000;
const MAX_SUMMARY_MESSAGES = 100;
const MAX_TWIML_LENGTH = 4096;
export const MAX_DESCRIPTION_LENGTH = 10_000;

const E164_PREDICATE =
  'must be a valid phone number in the E.164 format. Hot tip, you may be missing the country code (Eg. US: +1).';
const RELAXED_PREDICATE = 'must be letters and digits, with or without a leading +';

/** Why a number cannot be dialled or owned, as the end of a sentence; undefined when it can. */
export function numberProblem(text: string, e164CheckEnabled: boolean): string | undefined {
  if (e164CheckEnabled) return isE164Number(text) ? undefined : E164_PREDICATE;
  return isRelaxedNumber(text) ? undefined : RELAXED_PREDICATE;
}

/** A sentence, once or once per language. */
export const spokenKeys = {
  content: z.string().max(MAX_SPOKEN_LENGTH).nullish(),
  contents: z
    .array(
      z.strictObject({
        type: z.literal('text'),
        text: z.string(),
        language: z.string().regex(/^[a-z]{2,3}$/),
      }),
    )
    .max(200)
    .nullish(),
};

const customMessageSchema = named(
  'CustomMessage',
  z.strictObject({ type: z.literal('custom-message'), ...spokenKeys }),
);

export const spokenSchema = z.union([z.string().max(MAX_SPOKEN_LENGTH), customMessageSchema]);

const contextEngineeringPlanSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('lastNMessages'), maxMessages: z.number().min(0) }),
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('all') }),
]);

const MODES = [
  'blind-transfer',
  'blind-transfer-add-summary-to-sip-header',
  'warm-transfer-say-message',
  'warm-transfer-say-summary',
  'warm-transfer-twiml',
  'warm-transfer-wait-for-operator-to-speak-first-and-then-say-message',
  'warm-transfer-wait-for-operator-to-speak-first-and-then-say-summary',
  'warm-transfer-experimental',
] as const;

/** Names that stand in older guides of the vendor's. The vendor takes them for a blind transfer without a word. */
const FORMER_MODES: Readonly<Record<string, string>> = {
  'warm-transfer-with-message': 'warm-transfer-say-message',
  'warm-transfer-with-summary': 'warm-transfer-say-summary',
  'warm-transfer-with-twiml': 'warm-transfer-twiml',
};

const modeSchema = z.enum(MODES, {
  error: ({ input }) => {
    const now = typeof input === 'string' ? FORMER_MODES[input] : undefined;
    return now && `${input} is called ${now}`;
  },
});

const summaryMessageSchema = z.strictObject({
  role: z.enum(['assistant', 'function', 'user', 'system', 'tool', 'developer']),
  content: z.string(),
});

const transferPlanSchema = named(
  'TransferPlan',
  z.strictObject({
    mode: modeSchema,
    message: spokenSchema.nullish(),
    timeout: z.number().min(1).max(600).nullish(),
    sipVerb: z.enum(['refer', 'bye', 'dial']).nullish(),
    dialTimeout: z.number().min(1).max(600).nullish(),
    holdAudioUrl: serverUrl().nullish(),
    transferCompleteAudioUrl: serverUrl().nullish(),
    contextEngineeringPlan: contextEngineeringPlanSchema.nullish(),
    twiml: z.string().max(MAX_TWIML_LENGTH).nullish(),
    summaryPlan: z
      .strictObject({
        messages: z.array(summaryMessageSchema).max(MAX_SUMMARY_MESSAGES).nullish(),
        enabled: z.boolean().nullish(),
        timeoutSeconds: z.number().min(1).max(60).nullish(),
        useAssistantLlm: z.boolean().nullish(),
      })
      .nullish(),
    sipHeadersInReferToEnabled: z.boolean().nullish(),
    fallbackPlan: z.strictObject({ message: spokenSchema, endCallEnabled: z.boolean().nullish() }).nullish(),
    // In the vendor's prose, though not in its schema.
    transferAssistant: nestedSchema('transferAssistantSchema').nullish(),
    voicemailDetectionType: z.enum(['audio', 'transcript']).nullish(),
  }),
);

const shared = {
  message: spokenSchema.nullish(),
  description: z.string().max(MAX_DESCRIPTION_LENGTH).nullish(),
  callerId: headerText(40).nullish(),
  transferPlan: transferPlanSchema.nullish(),
};

export const numberDestinationSchema = named(
  'TransferDestinationNumber',
  z
    .strictObject({
      type: z.literal('number'),
      number: z.string().min(3).max(40),
      extension: headerText(10).min(1).nullish(),
      numberE164CheckEnabled: z.boolean().default(true),
      ...shared,
    })
    .superRefine(({ number, numberE164CheckEnabled }, context) => {
      const problem = numberProblem(number, numberE164CheckEnabled);
      if (problem) context.addIssue({ code: 'custom', path: ['number'], message: problem });
    }),
);

export const sipDestinationSchema = named(
  'TransferDestinationSip',
  z.strictObject({
    type: z.literal('sip'),
    sipUri: sipUri(),
    sipHeaders: headerMap().nullish(),
    ...shared,
  }),
);

export const destinationSchema = z.discriminatedUnion('type', [
  numberDestinationSchema,
  sipDestinationSchema,
]);

export type DestinationBody = z.output<typeof destinationSchema>;
export type TransferPlanBody = z.output<typeof transferPlanSchema>;
export type SpokenBody = z.output<typeof spokenSchema>;
