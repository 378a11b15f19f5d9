import * as z from 'zod';
import { anyObject } from '../fields.ts';

const MAX_RULES = 100;
const MAX_REGEX_LENGTH = 1000;
const MAX_PHRASES = 500;

const regexText = () =>
  z.string().max(MAX_REGEX_LENGTH).refine(compiles, { message: 'must be a regular expression' });

function compiles(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

const regexOptions = () =>
  z
    .array(
      z.strictObject({ type: z.enum(['ignore-case', 'whole-word', 'multi-line']), enabled: z.boolean() }),
    )
    .max(10)
    .nullish();

const ruleTimeout = () => z.number().min(0).max(15);
const oneSided = <T extends 'assistant' | 'customer'>(type: T) =>
  z.strictObject({
    type: z.literal(type),
    regex: regexText(),
    regexOptions: regexOptions(),
    timeoutSeconds: ruleTimeout(),
  });

const endpointingRuleSchema = z.discriminatedUnion('type', [
  oneSided('assistant'),
  oneSided('customer'),
  z.strictObject({
    type: z.literal('both'),
    assistantRegex: regexText(),
    assistantRegexOptions: regexOptions(),
    customerRegex: regexText(),
    customerRegexOptions: regexOptions(),
    timeoutSeconds: ruleTimeout(),
  }),
]);

const shortSeconds = () => z.number().min(0).max(3).nullish();

export const startSpeakingPlanSchema = z.strictObject({
  waitSeconds: z.number().min(0).max(5).nullish(),
  smartEndpointingEnabled: z.union([z.boolean(), z.literal('livekit')]).nullish(),
  smartEndpointingPlan: anyObject().nullish(),
  customEndpointingRules: z.array(endpointingRuleSchema).max(MAX_RULES).nullish(),
  transcriptionEndpointingPlan: z
    .strictObject({
      onPunctuationSeconds: shortSeconds(),
      onNoPunctuationSeconds: shortSeconds(),
      onNumberSeconds: shortSeconds(),
    })
    .nullish(),
});

const phrases = () => z.array(z.string().max(240)).max(MAX_PHRASES).nullish();

export const stopSpeakingPlanSchema = z.strictObject({
  numWords: z.number().min(0).max(10).nullish(),
  voiceSeconds: z.number().min(0).max(0.5).nullish(),
  backoffSeconds: z.number().min(0).max(10).nullish(),
  acknowledgementPhrases: phrases(),
  interruptionPhrases: phrases(),
});

export const keypadInputPlanSchema = z.strictObject({
  enabled: z.boolean().nullish(),
  timeoutSeconds: z.number().min(0).max(10).nullish(),
  delimiters: z.enum(['#', '*', '']).nullish(),
});

export type StartSpeakingPlanBody = z.output<typeof startSpeakingPlanSchema>;
export type EndpointingRuleBody = z.output<typeof endpointingRuleSchema>;
