import type { Secret } from '../../lib/secret.ts';
import type { Extras } from '../extras.ts';
import type { Server } from '../server.ts';

export type FirstMessageMode =
  | 'assistant-speaks-first'
  | 'assistant-waits-for-user'
  | 'assistant-speaks-first-with-model-generated-message';

export interface PromptMessage {
  role: 'system' | 'user' | 'assistant' | 'tool' | 'function' | 'developer';
  content: string;
}

/** A tool that the agent's model may call. `settings` holds the vendor's further keys as they came. */
export interface AgentTool {
  type: string;
  name?: string;
  description?: string;
  /** JSON schema of the arguments. */
  parameters?: Record<string, unknown>;
  server?: Server;
  settings: Record<string, unknown>;
}

/** Which model thinks, and with what. `settings` holds the vendor's further keys as they came. */
export interface BrainSettings {
  provider: string;
  model?: string;
  /** Base URL of an OpenAI-compatible server (`custom-llm`). */
  url?: string;
  headers?: Record<string, string>;
  messages: PromptMessage[];
  temperature?: number;
  maxTokens?: number;
  tools: AgentTool[];
  toolIds: string[];
  settings: Record<string, unknown>;
}

export interface VoiceSettings {
  provider: string;
  voiceId?: string;
  model?: string;
  speed?: number;
  settings: Record<string, unknown>;
}

export interface TranscriberSettings {
  provider: string;
  model?: string;
  language?: string;
  settings: Record<string, unknown>;
}

export interface RegexOption {
  type: string;
  enabled: boolean;
}

export interface EndpointingRule {
  type: 'assistant' | 'customer' | 'both';
  regex?: string;
  assistantRegex?: string;
  customerRegex?: string;
  timeoutSeconds: number;
  regexOptions?: RegexOption[];
  assistantRegexOptions?: RegexOption[];
  customerRegexOptions?: RegexOption[];
}

/** When the agent takes its turn. All times in seconds, as the vendor writes them; unset means the default. */
export interface StartSpeakingPlan {
  waitSeconds?: number;
  onPunctuationSeconds?: number;
  onNoPunctuationSeconds?: number;
  onNumberSeconds?: number;
  customEndpointingRules?: EndpointingRule[];
  /** Smart endpointing settings, kept as they came. */
  smart?: Record<string, unknown>;
}

/** When the agent yields its turn. */
export interface StopSpeakingPlan {
  numWords?: number;
  voiceSeconds?: number;
  backoffSeconds?: number;
  acknowledgementPhrases?: string[];
  interruptionPhrases?: string[];
}

export interface KeypadInputPlan {
  enabled?: boolean;
  timeoutSeconds?: number;
  /** Characters that end an entry. */
  delimiters?: string;
}

/** A configured voice persona (Vapi: assistant). Unset fields take `agent-defaults.ts` when a call begins. */
export interface Agent {
  id: string;
  orgId: string;
  name?: string;
  firstMessage?: string;
  firstMessageMode?: FirstMessageMode;
  firstMessageInterruptionsEnabled?: boolean;
  brain?: BrainSettings;
  voice?: VoiceSettings;
  transcriber?: TranscriberSettings;
  endCallMessage?: string;
  endCallPhrases?: string[];
  maxDurationSeconds?: number;
  silenceTimeoutSeconds?: number;
  startSpeakingPlan?: StartSpeakingPlan;
  stopSpeakingPlan?: StopSpeakingPlan;
  keypadInputPlan?: KeypadInputPlan;
  /** Whether the call is recorded. */
  recordingEnabled?: boolean;
  server?: Server;
  metadata?: Record<string, unknown>;
  /** Inline vendor credentials of a transient agent, by provider. */
  vendorKeys?: Record<string, Secret>;
  extras: Extras;
  createdAt: number;
  updatedAt: number;
}
