import type { TransferDestination, TransferMode, TransferVerb } from '../../domain/numbers/destination.ts';

/** What the operator is told, in order. `screen`: by a transfer assistant, or a message for a person. */
export type BriefingStep = 'listen' | 'speak' | 'twiml' | 'screen' | 'chime';

/** Where the words for the operator come from. `either`: the summary where there is one, else the message. */
export type WordsSource = 'message' | 'summary' | 'either' | 'none';

interface Way {
  steps: readonly BriefingStep[];
  words: WordsSource;
}

/** What each mode does before the two are joined (docs.vapi.ai: TransferPlan). */
const WAYS: Readonly<Record<TransferMode, Way>> = {
  'blind-transfer': { steps: [], words: 'none' },
  'blind-transfer-add-summary-to-sip-header': { steps: [], words: 'either' },
  'warm-transfer-say-message': { steps: ['speak'], words: 'message' },
  'warm-transfer-say-summary': { steps: ['speak'], words: 'summary' },
  'warm-transfer-twiml': { steps: ['twiml'], words: 'none' },
  'warm-transfer-wait-for-operator-to-speak-first-and-then-say-message': {
    steps: ['listen', 'speak'],
    words: 'message',
  },
  'warm-transfer-wait-for-operator-to-speak-first-and-then-say-summary': {
    steps: ['listen', 'speak'],
    words: 'summary',
  },
  'warm-transfer-experimental': { steps: ['screen', 'chime'], words: 'either' },
};

export function modeOf({ transferPlan }: TransferDestination): TransferMode {
  return transferPlan?.mode ?? 'blind-transfer';
}

export function wayOf(destination: TransferDestination): Way {
  return WAYS[modeOf(destination)];
}

export function isBlind(destination: TransferDestination): boolean {
  return wayOf(destination).steps.length === 0;
}

/**
 * What is done: only a blind transfer may leave the call to others. `refer` is the vendor's default where there is a plan;
 * a destination without one is dialled, and so is every one before the call is answered unless it says `refer` itself.
 */
export function verbFor(
  destination: TransferDestination,
  { canRefer, isAnswered }: { canRefer: boolean; isAnswered: boolean },
): TransferVerb {
  const plan = destination.transferPlan;
  if (!plan || !isBlind(destination)) return 'dial';
  const verb = plan.sipVerb ?? (isAnswered ? 'refer' : 'dial');
  return verb === 'refer' && !canRefer ? 'dial' : verb;
}

/** Whether a caller is answered for the sake of a REFER that the destination asks for by name. */
export function answersToRefer(destination: TransferDestination): boolean {
  return isBlind(destination) && destination.transferPlan?.sipVerb === 'refer';
}
