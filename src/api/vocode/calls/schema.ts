import * as z from 'zod';
import { agentSchemas } from '../agents/schema.ts';
import { flag, identityShape, uuid } from '../fields.ts';
import { named, perRevision } from '../revision.ts';

const MAX_ADDRESS_LENGTH = 255;
const MAX_VARIABLES = 1000;

const address = z.string().min(1).max(MAX_ADDRESS_LENGTH);
const variables = z
  .record(z.string(), z.string())
  .refine((context) => Object.keys(context).length <= MAX_VARIABLES, {
    message: `must have no more than ${MAX_VARIABLES} variables`,
  });

export const callSchemas = perRevision((revision) => {
  const agents = agentSchemas(revision);
  const shape = {
    ...identityShape,
    status: z.enum(['not_started', 'in_progress', 'error', 'ended']),
    error_message: z.string().nullish(),
    recording_available: z.boolean(),
    transcript: z.string().nullish(),
    human_detection_result: z.enum(['human', 'no_human']).nullish(),
    do_not_call_result: z.boolean().nullish(),
    telephony_id: z.string().nullish(),
    stage: z.enum(['created', 'picked_up', 'transfer_started', 'transfer_successful']).nullish(),
    stage_outcome: z
      .enum([
        'human_unanswered',
        'call_did_not_connect',
        'human_disconnected',
        'bot_disconnected',
        'transfer_unanswered',
        'transfer_disconnected',
      ])
      .nullish(),
    telephony_metadata: z.record(z.string(), z.unknown()).nullish(),
    to_number: z.string(),
    from_number: z.string(),
    telephony_provider: z.enum(['vonage', 'twilio']),
    agent_phone_number: z.string(),
    hipaa_compliant: z.boolean(),
    on_no_human_answer: z.enum(['continue', 'hangup']).nullish(),
    context: z.record(z.string(), z.string()).nullish(),
    run_do_not_call_detection: z.boolean().nullish(),
    telephony_account_connection: z.record(z.string(), z.unknown()).nullish(),
    telephony_params: z.record(z.string(), z.string()).nullish(),
  };
  return {
    create: named(
      revision,
      'CreateCallRequest',
      z.object({
        from_number: address,
        to_number: address,
        agent: z.union([uuid(), agents.callParams]),
        on_no_human_answer: z.enum(['continue', 'hangup']).default('continue'),
        run_do_not_call_detection: flag().nullish(),
        hipaa_compliant: flag().default(false),
        context: variables.nullish(),
        telephony_params: variables.nullish(),
      }),
    ),
    shown: named(
      revision,
      'Call',
      z.object({
        ...shape,
        agent: agents.shown,
        start_time: z.string().nullish(),
        end_time: z.string().nullish(),
      }),
    ),
    listed: named(
      revision,
      'NormalizedCall',
      z.object({
        ...shape,
        agent: z.guid(),
        start_time: z.number().nullish(),
        end_time: z.number().nullish(),
      }),
    ),
  };
});

type Schemas = ReturnType<typeof callSchemas>;
export type CreateCallBody = z.output<Schemas['create']>;
