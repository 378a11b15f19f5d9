import type { Secret } from '../../lib/secret.ts';
import type { Extras } from '../extras.ts';
import type { CustomMessage, TransferDestination } from '../numbers/destination.ts';
import type { Server } from '../server.ts';
import type { Squad } from '../squads/squad.ts';

export type FirstMessageMode =
  | 'assistant-speaks-first'
  | 'assistant-waits-for-user'
  | 'assistant-speaks-first-with-model-generated-message';

export interface PromptMessage {
  role: 'system' | 'user' | 'assistant' | 'tool' | 'function' | 'developer';
  content: string;
}

/** When a tool's message is spoken: a comparison with an argument of the call. */
export interface ToolCondition {
  operator: 'eq' | 'neq' | 'gt' | 'gte' | 'lt' | 'lte';
  /** Name of the argument; dots reach into objects. */
  param: string;
  value: unknown;
}

/** What the agent says around a tool call. */
export interface ToolMessage {
  type: 'request-start' | 'request-complete' | 'request-failed' | 'request-response-delayed';
  content?: string;
  /** The same sentence per language; the agent's language is looked for first. */
  contents?: { language: string; text: string }[];
  /** All must hold; none means always. */
  conditions?: ToolCondition[];
  /** request-start: the tool runs only once this was heard. */
  blocking?: boolean;
  /** request-response-delayed: after so many milliseconds without an answer. */
  timingMilliseconds?: number;
  /** request-complete, request-failed: hang up once it was said. */
  endCallAfterSpokenEnabled?: boolean;
  /** request-complete: `system` adds it to the prompt instead of speaking it. */
  role?: 'assistant' | 'system';
}

/** How the history of the conversation goes to the next agent of a squad. */
export type AgentTransferMode =
  | 'rolling-history'
  | 'swap-system-message-in-history'
  | 'swap-system-message-in-history-and-remove-transfer-tool-messages'
  | 'delete-history';

/** The newer form of {@link AgentTransferMode}, of a handoff. */
export interface ContextPlan {
  type: 'all' | 'none' | 'lastNMessages' | 'userAndAssistantMessages' | 'previousAssistantMessages';
  maxMessages?: number;
}

/** What is laid over an agent for one call or one squad. */
export interface AgentOverrides {
  /** Fields of an agent that replace its own. */
  fields: Partial<Omit<Agent, 'id' | 'orgId' | 'createdAt' | 'updatedAt' | 'extras'>>;
  /** Vendor keys without a meaning of their own, laid over `extras`. */
  extras?: Extras;
  /** Template variables. */
  variables?: Record<string, unknown>;
  /** Tools added behind the agent's own. */
  appendedTools?: AgentTool[];
}

/** Another agent of the squad, or any agent, as the target of a handoff. */
export interface AgentDestination {
  type: 'agent';
  /** Name of a member of the squad: of the call's, or of the one named here. */
  agentName?: string;
  agentId?: string;
  agent?: Agent;
  /** A whole squad takes over, stored (`squadId`) or given in place. */
  squadId?: string;
  squad?: Squad;
  overrides?: AgentOverrides;
  /** Spoken by the agent that leaves; unset: what its tool says, `transferCall` a sentence of its own, `handoff` nothing. */
  message?: string | CustomMessage;
  description?: string;
  transferMode?: AgentTransferMode;
  contextPlan?: ContextPlan;
  /** The vendor's further keys as they came. */
  settings: Record<string, unknown>;
}

/** The customer's server says where to, when the model asks. */
export interface DynamicDestination {
  type: 'dynamic';
  server?: Server;
  description?: string;
  settings: Record<string, unknown>;
}

export type ToolDestination = TransferDestination | AgentDestination | DynamicDestination;

/** A POST to the customer's URL, signed with `x-vocode-signature`. */
export interface ExternalAction {
  url: string;
  /** Base64 of the HMAC-SHA256 key; made here. */
  signatureSecret: Secret;
  speakOnSend: boolean;
  speakOnReceive: boolean;
  processingMode: string;
}

/** A tool that the agent's model may call. `settings` holds the vendor's further keys as they came. */
export interface AgentTool {
  /** Of a stored tool: its id. */
  id?: string;
  type: string;
  name?: string;
  description?: string;
  /** JSON schema of the arguments. */
  parameters?: Record<string, unknown>;
  server?: Server;
  /** The model goes on without the server's answer. */
  async?: boolean;
  messages?: ToolMessage[];
  /** Of `transferCall` and `handoff`. */
  destinations?: ToolDestination[];
  label?: string;
  /** What it is for, told to people (Fluents); the model is told `description`. */
  note?: string;
  /** Run when the agent has said one of these; without them the model calls the tool. */
  phraseTriggers?: PhraseTrigger[];
  /** Of `external`: an HTTP tool of Vocode and Fluents. */
  external?: ExternalAction;
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

/** Who may listen to a call and steer it from outside. Unset means yes, without a key. */
export interface MonitorPlan {
  listenEnabled?: boolean;
  controlEnabled?: boolean;
  /** The URL's token is not enough: an API key of the org is asked for as well. */
  listenAuthenticationEnabled?: boolean;
  controlAuthenticationEnabled?: boolean;
}

/** How eagerly the agent takes and gives up its turn, in the coarse steps that Vocode and Fluents know. An explicit plan outranks them. */
export interface ConversationDials {
  /** `low`: the caller's backchannels do not interrupt; `high`: any word does. */
  interruptSensitivity?: 'low' | 'high';
  endpointingSensitivity?: 'auto' | 'relaxed' | 'sensitive';
  /** 0.5 to 2; waits are divided by it. */
  conversationSpeed?: number;
  /** Silence before the first message, in milliseconds. */
  initialMessageDelayMs?: number;
  /** Silence on both sides before the agent asks, where `askIfPresentOnIdle`, or else the call ends. */
  idleTimeSeconds?: number;
  askIfPresentOnIdle?: boolean;
  /** How often the agent asks before it hangs up. */
  maxIdleChecks?: number;
  /** `default`: the far end is a menu or holds the line; the agent is silent and patient. */
  ivrNavigationMode?: 'default' | 'off';
  /** `false`: the agent says all it has to say, whatever the caller does (open.cx). */
  interruptible?: boolean;
  /** Whether noise behind the caller is to be filtered out; without effect yet. */
  noiseSuppression?: boolean;
}

/** One thing that the agent asks the caller for. */
export interface CollectedField {
  /** Such as `field_type_email`, or open.cx's own. */
  type?: string;
  label?: string;
  name: string;
  description?: string;
}

/** What an agent's prompt has beside its text. */
export interface PromptPlan {
  /** Asked by GET before an inbound call; its flat JSON fills `${name}` in the prompt. */
  contextEndpoint?: string;
  collectFields?: CollectedField[];
  template?: { id: string; label?: string; requiredContextKeys: string[] };
  label?: string;
  description?: string;
  tags?: string[];
  /** Fluents: a whole prompt, or a block that is meant for use in others; unset: a whole one. */
  form?: 'prompt' | 'block';
}

/** Vocode's and Fluents' way to tell of a call; beside `server`, which is Vapi's. */
export interface AgentWebhook {
  url: string;
  method: 'GET' | 'POST';
  /** Event types, such as `event_message`. */
  subscriptions: string[];
  label?: string;
  description?: string;
}

/** A phrase of the agent's own that runs a tool. Case does not count. */
export interface PhraseTrigger {
  phrase: string;
}

/** What is delivered after a call (open.cx). */
export interface DataCollection {
  fields: CollectedField[];
  webhookUrl?: string;
}

/**
 * Parts of the agent that are stored by themselves, and maybe shared. The agent's own fields hold their values. Under an
 * id that has no row yet the part gets one when it is first written as a part.
 */
export interface AgentPartIds {
  prompt?: string;
  voice?: string;
  webhook?: string;
  vectorDatabase?: string;
}

/** Whether the agent is made for calls to it or from it (open.cx). */
export type AgentKind = 'inbound' | 'outbound';

/** How an answering machine is told from a person, in a call that the agent places. Unset means the default. */
export interface VoicemailDetection {
  /** Whose detection the customer asked for; here all of them listen for the same. */
  provider: string;
  /** `transcript`: by what it says alone; else by its beep as well. */
  type?: 'audio' | 'transcript';
  /** How long after the answer the beep is waited for before the message is spoken. */
  beepMaxAwaitSeconds?: number;
  /** When the vendor would look: from the first look to the last one a machine is looked for here all the time. */
  backoffPlan?: { startAtSeconds?: number; frequencySeconds?: number; maxRetries?: number };
  /** The vendor's further keys as they came. */
  settings: Record<string, unknown>;
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
  /** Unset: nobody looks for answering machines. */
  voicemailDetection?: VoicemailDetection;
  /** Spoken to an answering machine; unset: it is hung up on. */
  voicemailMessage?: string;
  maxDurationSeconds?: number;
  silenceTimeoutSeconds?: number;
  startSpeakingPlan?: StartSpeakingPlan;
  stopSpeakingPlan?: StopSpeakingPlan;
  keypadInputPlan?: KeypadInputPlan;
  /** Whether the call is recorded. */
  recordingEnabled?: boolean;
  label?: string;
  description?: string;
  tags?: string[];
  kind?: AgentKind;
  partIds?: AgentPartIds;
  promptPlan?: PromptPlan;
  webhook?: AgentWebhook;
  dials?: ConversationDials;
  /** Asked by GET before an inbound call; its flat JSON fills `${name}` in the prompt. */
  contextEndpoint?: string;
  llmFallback?: { provider: string; model: string };
  doNotCallDetection?: boolean;
  /** Every tool of the org is the agent's, whatever `brain.toolIds` says (open.cx: `actionIds` null). */
  usesAllTools?: boolean;
  /** Training scenarios added to the prompt (open.cx: `instructions`). */
  scenarioIds?: string[];
  usesKnowledge?: boolean;
  handoffDestination?: TransferDestination;
  dataCollection?: DataCollection;
  server?: Server;
  /** Kinds of server messages that the customer's server wants; unset: the vendor's default list. */
  serverMessages?: string[];
  monitorPlan?: MonitorPlan;
  /** Credentials of the org whose vendor keys this agent may use; unset: all of them. */
  credentialIds?: string[];
  /** The account whose key the model is asked with, before any other of its vendor (Vocode, Fluents). */
  brainCredentialId?: string;
  metadata?: Record<string, unknown>;
  /** Inline vendor credentials of a transient agent, by provider. */
  vendorKeys?: Record<string, Secret>;
  extras: Extras;
  createdAt: number;
  updatedAt: number;
}
