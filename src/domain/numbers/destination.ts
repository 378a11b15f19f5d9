import type { Agent, PromptMessage } from '../agents/agent.ts';

/** A sentence per language, the first being the one to translate from where the spoken language has none. */
export interface CustomMessage {
  content?: string;
  contents?: { language: string; text: string }[];
}

export type TransferMode =
  | 'blind-transfer'
  | 'blind-transfer-add-summary-to-sip-header'
  | 'warm-transfer-say-message'
  | 'warm-transfer-say-summary'
  | 'warm-transfer-twiml'
  | 'warm-transfer-wait-for-operator-to-speak-first-and-then-say-message'
  | 'warm-transfer-wait-for-operator-to-speak-first-and-then-say-summary'
  | 'warm-transfer-experimental';

/** `refer`: the caller's own exchange is asked to call. `dial`: we call and join. `bye`: we only hang up. */
export type TransferVerb = 'refer' | 'bye' | 'dial';

/** How a model sums a conversation up. */
export interface SummaryPlan {
  /** Unset means true. */
  enabled?: boolean;
  timeoutSeconds?: number;
  /** Templates of what the model is asked; unset: our own. */
  messages?: PromptMessage[];
  /** Always so here: the agent's own model makes the summary. */
  useAssistantLlm?: boolean;
}

/** What of the conversation a transfer assistant is told. */
export type TransferContextPlan =
  | { type: 'all' }
  | { type: 'none' }
  | { type: 'lastNMessages'; maxMessages: number };

/** What becomes of a caller whose transfer failed. */
export interface TransferFallbackPlan {
  message: string | CustomMessage;
  /** Whether the call ends once the message was said; unset means true. */
  endCallEnabled?: boolean;
}

export interface TransferPlan {
  mode: TransferMode;
  /** Said to whoever answers. */
  message?: string | CustomMessage;
  /** How long the operator may take to speak first. */
  timeoutSeconds?: number;
  sipVerb?: TransferVerb;
  dialTimeoutSeconds?: number;
  /** Heard by the caller while he waits. */
  holdAudioUrl?: string;
  /** Heard by the operator before the two are joined. */
  transferCompleteAudioUrl?: string;
  /** Carried out on the operator's leg. */
  twiml?: string;
  summaryPlan?: SummaryPlan;
  contextEngineeringPlan?: TransferContextPlan;
  fallbackPlan?: TransferFallbackPlan;
  /** Talks to whoever answers, before the caller is joined. What it leaves unset is the speaking agent's. */
  transferAssistant?: Agent;
  /** Tells a machine from a person: by its beep and its words (`audio`), or by its words alone. Unset: nobody listens for one. */
  voicemailDetectionType?: 'audio' | 'transcript';
  /** `sipHeaders` go into the Refer-To URI instead of the REFER. */
  sipHeadersInReferToEnabled?: boolean;
}

interface DestinationBase {
  message?: string | CustomMessage;
  description?: string;
  callerId?: string;
  transferPlan?: TransferPlan;
}

export type TransferDestination =
  | (DestinationBase & { type: 'number'; number: string; extension?: string; e164CheckEnabled: boolean })
  | (DestinationBase & { type: 'sip'; sipUri: string; sipHeaders?: Record<string, string> });

/** Where a destination is, for a person. */
export function addressOf(destination: TransferDestination): string {
  return destination.type === 'number' ? destination.number : destination.sipUri;
}
