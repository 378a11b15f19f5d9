import type { Customer } from '../../domain/calls/call.ts';
import type { EndReason } from '../../domain/calls/end-reason.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';
import type { EndingHook, HookAction, PhoneNumber, RingingHook } from '../../domain/numbers/number.ts';

/** An action that can be carried out: a transfer has somewhere to go. */
export type RunnableAction =
  | { type: 'say'; exact: string }
  /** `next`: whom the hook's further transfers name, tried in order where the first is not reached. */
  | { type: 'transfer'; destination: TransferDestination; next?: TransferDestination[] };

/** What hooks say to a call. `skipped` tells of each hook that did not act. */
export interface HookVerdict {
  action: RunnableAction | undefined;
  skipped: string[];
}

/** The first `call.ringing` hook that matches the caller; of its actions the first one counts. */
export function ringingVerdict(number: PhoneNumber, customer: Customer): HookVerdict {
  const hooks = (number.hooks ?? []).filter((hook) => hook.on === 'call.ringing');
  return firstMatch(hooks, (hook) => ringingRefusal(hook, customer));
}

/** The first `call.ending` hook that matches the reason; of its actions the first one counts. */
export function endingVerdict(number: PhoneNumber, reason: EndReason): HookVerdict {
  const hooks = (number.hooks ?? []).filter((hook) => hook.on === 'call.ending');
  return firstMatch(hooks, (hook) => endingRefusal(hook, reason));
}

function firstMatch<Hook extends { actions: HookAction[] }>(
  hooks: readonly Hook[],
  refusalOf: (hook: Hook) => string | undefined,
): HookVerdict {
  const skipped: string[] = [];
  for (const [index, hook] of hooks.entries()) {
    const refusal = refusalOf(hook) ?? actionRefusal(hook.actions[0]);
    if (refusal === undefined) return { action: runnable(hook.actions), skipped };
    skipped.push(`hook ${index + 1}: ${refusal}`);
  }
  return { action: undefined, skipped };
}

/** The first action, and whom the transfers right behind it name. */
function runnable([first, ...others]: HookAction[]): RunnableAction {
  if (first?.type !== 'transfer') return first as RunnableAction;
  const isOther = others.findIndex(({ type }) => type !== 'transfer');
  const next = others
    .slice(0, isOther < 0 ? others.length : isOther)
    .flatMap((action) => (action.type === 'transfer' && action.destination ? [action.destination] : []));
  return { ...(first as Extract<RunnableAction, { type: 'transfer' }>), ...(next.length > 0 && { next }) };
}

/** All filters must match. Prefixes are written without plus, and so is the caller compared. */
function ringingRefusal({ filters = [] }: RingingHook, { number }: Customer): string | undefined {
  const digits = number?.replace(/^\+/, '');
  for (const { startsWith } of filters) {
    if (digits === undefined) return 'the caller shows no number';
    if (!startsWith.some((prefix) => digits.startsWith(prefix.replace(/^\+/, ''))))
      return `the caller does not start with ${startsWith.join(', ')}`;
  }
  return undefined;
}

function endingRefusal({ filters = [] }: EndingHook, reason: EndReason): string | undefined {
  const missed = filters.find(({ oneOf }) => !oneOf.includes(reason));
  return missed && `${reason} is not one of ${missed.oneOf.join(', ')}`;
}

function actionRefusal(action: HookAction | undefined): string | undefined {
  if (!action) return 'it has no action';
  if (action.type === 'transfer' && !action.destination) return 'its transfer has no destination';
  return undefined;
}
