import type { AgentChoice, OutboundOrder } from '../../../domain/calls/outbound-order.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { compact } from '../../server/fields.ts';
import { callee } from '../../server/placed-call.ts';
import type { CreateCallBody } from './schema.ts';

/** The order of a call. */
export function toOrder(
  body: CreateCallBody,
  found: { orgId: string; agent: AgentChoice; number: PhoneNumber },
): OutboundOrder {
  const { to_number: to, on_no_human_answer: onNoHumanAnswer, hipaa_compliant: hipaaCompliant } = body;
  const {
    context: variables,
    run_do_not_call_detection: doNotCallDetection,
    telephony_params,
  } = compact(body);
  return {
    ...found,
    ...callee(to),
    ...compact({ variables, doNotCallDetection }),
    onNoHumanAnswer,
    ...(hipaaCompliant && { hipaaCompliant }),
    ...(telephony_params && { ignoredFields: ['telephony_params'] }),
  };
}
