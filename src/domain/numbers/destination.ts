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

export interface TransferPlan {
  mode: TransferMode;
  message?: string | CustomMessage;
  timeoutSeconds?: number;
  sipVerb?: 'refer' | 'bye' | 'dial';
  dialTimeoutSeconds?: number;
  holdAudioUrl?: string;
  transferCompleteAudioUrl?: string;
  twiml?: string;
  summaryPlan?: Record<string, unknown>;
  contextEngineeringPlan?: Record<string, unknown>;
  fallbackPlan?: Record<string, unknown>;
  transferAssistant?: Record<string, unknown>;
  voicemailDetectionType?: string;
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
