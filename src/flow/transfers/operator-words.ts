import type { Agent } from '../../domain/agents/agent.ts';
import type { CallMessage } from '../../domain/calls/call.ts';
import type { CustomMessage, TransferDestination } from '../../domain/numbers/destination.ts';
import type { Clock } from '../../lib/clock.ts';
import { languageOf } from '../../voice/engine/agent-settings.ts';
import { renderTemplate } from '../../voice/llm/template.ts';
import type { VoiceParts } from '../session/voice-parts.ts';
import { summarise } from './conversation-summary.ts';
import { localisedWords } from './localised-words.ts';
import { announcingIn } from './transfer-sentences.ts';
import { modeOf, wayOf } from './way-of-transfer.ts';

export interface WordsScene {
  /** Who speaks with the caller; unset before anybody did. */
  agent: Agent | undefined;
  messages: readonly CallMessage[];
  parts: Pick<VoiceParts, 'brain' | 'brainSettings'>;
  variables: Record<string, unknown>;
  clock: Clock;
  signal: AbortSignal;
  warn(problem: string): void;
}

export function languageIn(agent: Agent | undefined): string {
  return languageOf(agent ?? ({} as Agent));
}

/** A message of the customer's in the language of the call, with its templates filled. */
export async function filledWords(message: string | CustomMessage, scene: WordsScene): Promise<string> {
  const { parts, agent, variables, warn } = scene;
  const words = await localisedWords(message, languageIn(agent), { ...parts, ...scene });
  return (await renderTemplate(words, variables, warn)).trim();
}

/**
 * What the operator is told: the message, the summary, or whichever there is. @returns nothing where the mode says nothing
 * to him, or the message is empty on purpose
 */
export async function operatorWords(
  destination: TransferDestination,
  scene: WordsScene,
): Promise<string | undefined> {
  const { message, summaryPlan } = destination.transferPlan ?? {};
  const source = wayOf(destination).words;
  if (source === 'none') return undefined;
  // The experimental mode sums up only where it is asked to.
  const sumsUp = source === 'summary' || (source === 'either' && (isHeaderMode(destination) || summaryPlan));
  if (sumsUp) {
    const summary = await summarise({ ...scene, ...scene.parts, plan: summaryPlan ?? {} });
    if (summary !== undefined) return summary;
  }
  if (message !== undefined) return (await filledWords(message, scene)) || undefined;
  return source === 'either' ? undefined : announcingIn(languageIn(scene.agent));
}

function isHeaderMode(destination: TransferDestination): boolean {
  return modeOf(destination) === 'blind-transfer-add-summary-to-sip-header';
}
