import type {
  CustomMessage,
  TransferDestination,
  TransferFallbackPlan,
  TransferPlan,
} from '../../../domain/numbers/destination.ts';
import { compact } from '../fields.ts';
import { nested, type Origin } from '../nesting.ts';
import type { DestinationBody, SpokenBody, TransferPlanBody } from './schema.ts';

/** @param origin whose a transfer assistant is. */
export function toDestination(body: DestinationBody, origin: Origin): TransferDestination {
  if (body.type === 'number') {
    const { message, transferPlan, numberE164CheckEnabled, ...rest } = compact(body);
    return {
      ...rest,
      e164CheckEnabled: numberE164CheckEnabled,
      ...spokenAndPlan(origin, message, transferPlan),
    };
  }
  const { message, transferPlan, ...rest } = compact(body);
  return { ...rest, ...spokenAndPlan(origin, message, transferPlan) };
}

function spokenAndPlan(origin: Origin, message?: SpokenBody, plan?: TransferPlanBody) {
  return {
    ...(message !== undefined && { message: toSpoken(message) }),
    ...(plan && { transferPlan: toTransferPlan(plan, origin) }),
  };
}

export function toSpoken(message: SpokenBody): string | CustomMessage {
  if (typeof message === 'string') return message;
  const { content, contents } = compact(message);
  return compact({ content, contents: contents?.map(({ language, text }) => ({ language, text })) });
}

function toTransferPlan(body: TransferPlanBody, origin: Origin): TransferPlan {
  const { message, timeout, dialTimeout, summaryPlan, fallbackPlan, transferAssistant, ...rest } =
    compact(body);
  return {
    ...rest,
    ...(message !== undefined && { message: toSpoken(message) }),
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(dialTimeout !== undefined && { dialTimeoutSeconds: dialTimeout }),
    ...(summaryPlan && { summaryPlan: compact(summaryPlan) }),
    ...(fallbackPlan && { fallbackPlan: toFallbackPlan(fallbackPlan) }),
    ...(transferAssistant !== undefined && {
      transferAssistant: nested('toAgent')(transferAssistant, origin),
    }),
  };
}

function toFallbackPlan({
  message,
  endCallEnabled,
}: NonNullable<TransferPlanBody['fallbackPlan']>): TransferFallbackPlan {
  return { message: toSpoken(message), ...compact({ endCallEnabled }) };
}
