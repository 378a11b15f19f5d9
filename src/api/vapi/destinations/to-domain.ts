import type {
  CustomMessage,
  TransferDestination,
  TransferPlan,
} from '../../../domain/numbers/destination.ts';
import { compact } from '../fields.ts';
import type { DestinationBody, SpokenBody, TransferPlanBody } from './schema.ts';

export function toDestination(body: DestinationBody): TransferDestination {
  if (body.type === 'number') {
    const { message, transferPlan, numberE164CheckEnabled, ...rest } = compact(body);
    return { ...rest, e164CheckEnabled: numberE164CheckEnabled, ...spokenAndPlan(message, transferPlan) };
  }
  const { message, transferPlan, ...rest } = compact(body);
  return { ...rest, ...spokenAndPlan(message, transferPlan) };
}

function spokenAndPlan(message?: SpokenBody, plan?: TransferPlanBody) {
  return {
    ...(message !== undefined && { message: toSpoken(message) }),
    ...(plan && { transferPlan: toTransferPlan(plan) }),
  };
}

export function toSpoken(message: SpokenBody): string | CustomMessage {
  if (typeof message === 'string') return message;
  const { content, contents } = compact(message);
  return compact({ content, contents: contents?.map(({ language, text }) => ({ language, text })) });
}

function toTransferPlan(body: TransferPlanBody): TransferPlan {
  const { message, timeout, dialTimeout, summaryPlan, fallbackPlan, ...rest } = compact(body);
  return {
    ...rest,
    ...(message !== undefined && { message: toSpoken(message) }),
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(dialTimeout !== undefined && { dialTimeoutSeconds: dialTimeout }),
    ...(summaryPlan && { summaryPlan: compact(summaryPlan) }),
    ...(fallbackPlan && { fallbackPlan: compact(fallbackPlan) }),
  };
}
