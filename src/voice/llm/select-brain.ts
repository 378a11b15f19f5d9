import type { Agent, BrainSettings } from '../../domain/agents/agent.ts';
import { AGENT_DEFAULTS } from '../../domain/agents/agent-defaults.ts';
import type { Secret } from '../../lib/secret.ts';
import { createCompatibleBrain, createOpenAiBrain, type MetadataSendMode } from './ai-sdk-brain.ts';
import type { Brain } from './contract.ts';
import { FallbackBrain } from './fallback.ts';
import type { LocalServer } from './local-server.ts';
import { ScriptedBrain } from './scripted-brain.ts';

export interface BrainWarning {
  code:
    | 'provider-not-built'
    | 'provider-key-missing'
    | 'custom-llm-url-missing'
    | 'scripted-brain'
    | 'brain-failed';
  /** For a person who reads the call's timeline. */
  message: string;
  /** `info` where all is as configured, and one should still know. */
  level: 'warning' | 'info';
}

export interface BrainSelectionOptions {
  /** The key of a provider: the agent's credential, else the environment's. */
  keys: (provider: string) => Secret | undefined;
  /** Found on loopback at start. */
  localServer?: LocalServer;
  /** For URLs that customers wrote, and for vendors: the guarded way out. Unset: the system's `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Told amid a call when a brain fails. */
  onWarning?: (warning: BrainWarning) => void;
}

export interface BrainSelection {
  brain: Brain;
  /** What the brain is asked with; the stand-in's model instead of the vendor's where one stands in. */
  settings: BrainSettings;
  warnings: BrainWarning[];
}

/** An agent without a brain of its own. */
const NO_SETTINGS: BrainSettings = {
  provider: 'offhook',
  messages: [],
  tools: [],
  toolIds: [],
  settings: {},
};
/** Our own name: the local server or the scripted brain is what is meant, not a stand-in. */
const OWN_PROVIDER = 'offhook';
const SEND_MODES: ReadonlySet<unknown> = new Set(['off', 'variable', 'destructured']);

/** Selects the brain of a call. It never fails: where the agent's provider cannot be had, another stands in, with a warning. */
export function selectBrain(
  agent: Pick<Agent, 'brain' | 'llmFallback'>,
  options: BrainSelectionOptions,
): BrainSelection {
  const settings = agent.brain ?? NO_SETTINGS;
  const standIn = standInBrain(settings, options);
  if (settings.provider === OWN_PROVIDER) return standIn;
  const asked = [settings, ...secondSettings(agent, settings)].map((one) => vendorChoice(one, options));
  const choices = asked.flatMap((choice) => ('brain' in choice ? [choice] : []));
  const warnings = asked.flatMap((choice) => ('brain' in choice ? [] : [choice]));
  const [first, ...others] = choices;
  if (!first) return { ...standIn, warnings: [...warnings, ...standIn.warnings] };
  const brain = new FallbackBrain([{ brain: first.brain }, ...others, standIn], ({ from, to, error }) => {
    const why = error instanceof Error ? error.message : String(error);
    const then = to === undefined ? 'the answer ends there' : `${to} answers instead`;
    options.onWarning?.({
      code: 'brain-failed',
      level: 'warning',
      message: `${from} failed (${why}); ${then}`,
    });
  });
  return { brain, settings: first.settings, warnings };
}

/** The model that the agent names for when its first one fails, with all else as the first has it. */
function secondSettings(
  { llmFallback }: Pick<Agent, 'llmFallback'>,
  settings: BrainSettings,
): BrainSettings[] {
  if (!llmFallback) return [];
  const { temperature = AGENT_DEFAULTS.temperature, maxTokens = AGENT_DEFAULTS.maxTokens } = settings;
  const { provider, model } = llmFallback;
  return [{ ...settings, provider, model, temperature, maxTokens }];
}

function vendorChoice(
  settings: BrainSettings,
  options: BrainSelectionOptions,
): { brain: Brain; settings: BrainSettings } | BrainWarning {
  const brain = vendorBrain(settings, options);
  return 'code' in brain ? brain : { brain, settings };
}

function warning(code: BrainWarning['code'], message: string): BrainWarning {
  return { code, message, level: 'warning' };
}

function vendorBrain(settings: BrainSettings, { keys, fetch }: BrainSelectionOptions): Brain | BrainWarning {
  const { provider } = settings;
  const key = keys(provider);
  const timeout = settings.settings.timeoutSeconds;
  const further = {
    ...(fetch && { fetch }),
    ...(typeof timeout === 'number' && Number.isFinite(timeout) && { timeoutSeconds: timeout }),
  };
  if (provider === 'openai') {
    if (!key) return warning('provider-key-missing', 'No key for openai: another brain answers.');
    return createOpenAiBrain({ key, ...further });
  }
  if (provider !== 'custom-llm') {
    return warning(
      'provider-not-built',
      `The model provider ${provider} is not built yet: another brain answers.`,
    );
  }
  if (!settings.url)
    return warning('custom-llm-url-missing', 'custom-llm has no url: another brain answers.');
  const mode = settings.settings.metadataSendMode;
  return createCompatibleBrain({
    name: provider,
    url: settings.url,
    ...(settings.headers && { headers: settings.headers }),
    ...(key && { key }),
    metadataSendMode: SEND_MODES.has(mode) ? (mode as MetadataSendMode) : 'variable',
    ...further,
  });
}

/** The local server, with the scripted brain behind it; or the scripted brain alone. */
function standInBrain(
  settings: BrainSettings,
  { localServer, onWarning }: BrainSelectionOptions,
): BrainSelection {
  const scripted = new ScriptedBrain();
  if (!localServer) {
    const message =
      'The scripted demo brain answers: it matches words with the facts of the prompt, no model thinks.';
    return { brain: scripted, settings, warnings: [{ code: 'scripted-brain', level: 'info', message }] };
  }
  const { url, model, product } = localServer;
  // Loopback, found by ourselves: not a customer's URL, so it does not pass the guard.
  const local = createCompatibleBrain({ name: `local (${product})`, url, model });
  const brain = new FallbackBrain([{ brain: local }, { brain: scripted }], ({ from, to }) => {
    const then = to === undefined ? 'the answer ends there' : 'the scripted demo brain answers instead';
    onWarning?.({ code: 'brain-failed', level: 'warning', message: `${from} failed; ${then}` });
  });
  return { brain, settings: { ...settings, model }, warnings: [] };
}
