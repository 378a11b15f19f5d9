import type { AgentChoice, OutboundOrder } from '../../../domain/calls/outbound-order.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { callee } from '../../server/placed-call.ts';
import { compact } from '../fields.ts';
import type { CreateCallBody } from './schema.ts';

/** What the document lists and the call does without: the number says who carries it. */
const IGNORED = ['telephony_provider', 'telephony_params', 'agent_phone_number'] as const;

/** The order of a call. */
export function toOrder(
  body: CreateCallBody,
  found: { orgId: string; agent: AgentChoice; number: PhoneNumber },
): OutboundOrder {
  const {
    to_number: to,
    context: variables,
    on_no_human_answer: onNoHumanAnswer,
    run_do_not_call_detection: doNotCallDetection,
    hipaa_compliant: hipaaCompliant,
  } = compact(body);
  const ignoredFields = IGNORED.filter((field) => body[field] !== undefined && body[field] !== null);
  return {
    ...found,
    ...callee(to),
    ...compact({ variables, onNoHumanAnswer, doNotCallDetection }),
    ...(hipaaCompliant && { hipaaCompliant }),
    ...(ignoredFields.length > 0 && { ignoredFields: [...ignoredFields] }),
  };
}
