import type { EndReason } from '../../domain/calls/end-reason.ts';
import { renderTemplate } from '../../voice/llm/template.ts';
import { wordsOf } from '../../voice/tools/tool-messages.ts';
import type { OutboundLeg } from '../dialer.ts';
import { reasonOfTransfer } from '../routing/after-failure.ts';
import type { Route, TransferRoute } from '../routing/route.ts';
import type { WaitingSound } from '../session/waiting-sound.ts';
import type { Miss } from './attempt-table.ts';
import { fallbackWords } from './caller-move.ts';
import { languageIn } from './operator-words.ts';
import type { Transfers } from './transfers.ts';
import { answersToRefer } from './way-of-transfer.ts';

/** The call, as far as a caller who is not answered yet is put through. */
export interface RingingCall {
  transfers: Transfers;
  sound: Pick<WaitingSound, 'openLine' | 'resume'>;
  /** Aborts when the call is over. */
  signal: AbortSignal;
  /** Says a sentence of the exchange's own. */
  announce(sentence: string): Promise<void>;
  /** @returns whether the call is up now; not so when the caller has left */
  answer(): Promise<boolean>;
  join(operator: OutboundLeg, reason: EndReason): void;
  end(reason: EndReason, detail?: string): Promise<void>;
}

/** Reaches the destination of a route before the caller is answered. @returns where he goes next, if it was not his end */
export async function connectRinging(route: TransferRoute, call: RingingCall): Promise<Route | undefined> {
  const { destination, next = [], by, reason } = route;
  const { transfers, sound, signal } = call;
  const { agent, variables, warn } = transfers.wordsScene(signal);
  // Only an explicit text: the fixed sentence belongs to an agent's tool.
  const sentence = await renderTemplate(
    wordsOf(destination.message ?? '', languageIn(agent)),
    variables,
    warn,
  );
  if (sentence && (await sound.openLine())) await call.announce(sentence);
  sound.resume();
  // A REFER needs a dialog: the caller is answered for it.
  const isAnswered = answersToRefer(destination) && (await call.answer());
  const end = await transfers.reach([destination, ...next], by, { signal, isAnswered });
  switch (end.kind) {
    case 'missed':
      return missed(route, end.miss, call, isAnswered);
    case 'reached':
      await joinAnswered(end.operator, reason, call);
      return undefined;
    default:
      await call.end(reason, end.kind === 'referred' ? end.detail : undefined);
      return undefined;
  }
}

/** Answers the caller for an operator who waits on his line: whatever comes between, that line is not left up. */
async function joinAnswered(
  operator: OutboundLeg,
  reason: EndReason,
  { answer, join }: RingingCall,
): Promise<void> {
  let isUp = false;
  try {
    isUp = await answer();
  } finally {
    if (!isUp) await operator.hangup();
  }
  if (isUp) join(operator, reason);
}

/** Tells the caller what the destination has for him to hear; else the route says where he goes. */
async function missed(
  route: TransferRoute,
  { outcome, detail }: Miss,
  { transfers, sound, signal, announce, end }: RingingCall,
  isAnswered: boolean,
): Promise<Route | undefined> {
  const said = await fallbackWords(route.destination, transfers.wordsScene(signal));
  if (said && (isAnswered || (await sound.openLine()))) await announce(said.content);
  if (!said?.endsCall) return route.otherwise(outcome, detail);
  await end(reasonOfTransfer(outcome), detail);
  return undefined;
}
