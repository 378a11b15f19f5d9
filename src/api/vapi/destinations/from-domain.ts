import type {
  CustomMessage,
  TransferDestination,
  TransferPlan,
} from '../../../domain/numbers/destination.ts';
import { compact } from '../fields.ts';
import { nested } from '../nesting.ts';

export function fromDestination(destination: TransferDestination): Record<string, unknown> {
  const { message, transferPlan, ...rest } = destination;
  const spokenAndPlan = {
    ...(message !== undefined && { message: fromSpoken(message) }),
    ...(transferPlan && { transferPlan: fromTransferPlan(transferPlan) }),
  };
  if (rest.type === 'sip') return { ...rest, ...spokenAndPlan };
  const { e164CheckEnabled, ...others } = rest;
  return { ...others, numberE164CheckEnabled: e164CheckEnabled, ...spokenAndPlan };
}

export function fromSpoken(message: string | CustomMessage): unknown {
  if (typeof message === 'string') return message;
  const contents = message.contents?.map((content) => ({ type: 'text', ...content }));
  return { type: 'custom-message', ...compact({ content: message.content, contents }) };
}

function fromTransferPlan(plan: TransferPlan): Record<string, unknown> {
  const { message, timeoutSeconds, dialTimeoutSeconds, fallbackPlan, transferAssistant, ...rest } = plan;
  return {
    ...rest,
    ...(message !== undefined && { message: fromSpoken(message) }),
    ...compact({
      timeout: timeoutSeconds,
      dialTimeout: dialTimeoutSeconds,
      fallbackPlan: fallbackPlan && { ...fallbackPlan, message: fromSpoken(fallbackPlan.message) },
      transferAssistant: transferAssistant && nested('fromAgent')(transferAssistant),
    }),
  };
}
