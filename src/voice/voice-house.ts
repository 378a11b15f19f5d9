import type { Agent, BrainSettings } from '../domain/agents/agent.ts';
import type { Logger } from '../lib/logger.ts';
import { Secret } from '../lib/secret.ts';
import type { Brain } from './llm/contract.ts';
import { findLocalServer, type LocalServer } from './llm/local-server.ts';
import { selectBrain } from './llm/select-brain.ts';
import type { Transcriber } from './stt/contract.ts';
import { createPocketsphinxTranscriber } from './stt/pocketsphinx.ts';
import { pocketsphinxAvailable } from './stt/pocketsphinx-available.ts';
import { selectTranscriber } from './stt/select-transcriber.ts';
import type { Synthesizer } from './tts/contract.ts';
import { createFliteSynthesizer } from './tts/flite.ts';
import { selectSynthesizer } from './tts/select-synthesizer.ts';
import type { VadFactory } from './vad/contract.ts';
import { createWebRtcVad } from './vad/webrtc-vad.ts';

/** Where the environment keeps the vendors' keys and, for those with hosts of one's own, their addresses. */
const VENDOR_VARIABLES: Readonly<Record<string, { key: string; url?: string }>> = {
  openai: { key: 'OPENAI_API_KEY' },
  deepgram: { key: 'DEEPGRAM_API_KEY', url: 'DEEPGRAM_BASE_URL' },
  '11labs': { key: 'ELEVENLABS_API_KEY', url: 'ELEVENLABS_BASE_URL' },
};

export interface VoiceHouseOptions {
  /** The guarded way out to customers' URLs. */
  fetch: typeof globalThis.fetch;
  environment: Record<string, string | undefined>;
  /** Processes of the offline transcriber; unset: its own default. */
  hearingProcesses: number | undefined;
  /** Whether a language model on loopback may think for agents that name none. */
  useLocalModel: boolean;
  logger: Logger;
}

interface Warning {
  code: string;
  message: string;
}

/** The parts of one agent's voice. */
export interface ChosenParts {
  transcriber: Transcriber;
  synthesizer: Synthesizer;
  brain: Brain;
  brainSettings: BrainSettings;
  vad: VadFactory;
  warnings: Warning[];
}

/** All ears, minds and mouths of the exchange: the offline ones shared, the vendors' made per call. */
export interface VoiceHouse {
  /** Never fails: where the agent's vendor cannot be had, the offline part stands in, with a warning. */
  partsFor(agent: Agent | undefined, warn: (warning: Warning) => void): ChosenParts;
  /** Whether the operator's environment holds a key of this vendor. */
  hasKey(provider: string): boolean;
  /** What hears, thinks and speaks where an agent asks for nothing else; for a person. */
  facts: { hears: string; thinks: string; speaks: string };
  /** Has the offline parts load what the first call needs; returns at once. */
  warm(): void;
  close(): Promise<void>;
}

/** Makes the offline parts and looks for a language model on loopback. */
export async function createVoiceHouse(options: VoiceHouseOptions): Promise<VoiceHouse> {
  const { environment, hearingProcesses, logger } = options;
  const synthesizer = createFliteSynthesizer({ logger });
  const transcriber = createPocketsphinxTranscriber({
    logger,
    ...(hearingProcesses && { maxProcesses: hearingProcesses }),
  });
  const [hearing, localServer] = await Promise.all([
    pocketsphinxAvailable(),
    options.useLocalModel ? findLocalServer() : undefined,
  ]);
  if (!hearing.ok)
    logger.warn(
      { missing: hearing.missing },
      'offline hearing is not installed: agents cannot hear without a vendor',
    );
  let closed = false;
  return {
    partsFor: (agent, warn) => choose(agent, warn, { transcriber, synthesizer, localServer }, options),
    hasKey: (provider) => keyOf(provider, undefined, environment) !== undefined,
    facts: {
      hears: hearing.ok ? 'offline (pocketsphinx)' : `nothing offline: ${hearing.missing.join(', ')} missing`,
      thinks: localServer
        ? `${localServer.product} on loopback (${localServer.model})`
        : 'the scripted demo brain (no language model: it answers from the facts in the prompt)',
      speaks: `offline (flite)${keysIn(environment)}`,
    },
    warm() {
      const failed = (what: string) => (error: unknown) => {
        // A part that is closed while it loads has not failed.
        if (!closed) logger.error({ err: error }, `${what} could not be started`);
      };
      synthesizer.warm().catch(failed('the offline voice'));
      if (hearing.ok) transcriber.warm().catch(failed('the offline hearing'));
    },
    async close() {
      closed = true;
      await Promise.all([synthesizer.close(), transcriber.close()]);
    },
  };
}

interface OfflineParts {
  transcriber: Transcriber;
  synthesizer: Synthesizer;
  localServer: LocalServer | undefined;
}

function choose(
  agent: Agent | undefined,
  warn: (warning: Warning) => void,
  offline: OfflineParts,
  { environment, fetch }: VoiceHouseOptions,
): ChosenParts {
  const key = (provider: string) => keyOf(provider, agent, environment);
  const baseUrl = (provider: string) => baseUrlOf(provider, agent, environment, warn);
  const replaced = ({ from, to, error }: { from: string; to: string; error: Error }) =>
    warn({ code: 'provider-failed', message: `${from} failed (${error.message}); ${to} stands in` });
  const shared = { key, baseUrl, onFallback: replaced };
  const ears = selectTranscriber({ ...shared, settings: agent?.transcriber, offline: offline.transcriber });
  const mouth = selectSynthesizer({ ...shared, settings: agent?.voice, offline: offline.synthesizer });
  const mind = selectBrain(agent ?? {}, {
    keys: key,
    fetch,
    onWarning: warn,
    ...(offline.localServer && { localServer: offline.localServer }),
  });
  return {
    transcriber: ears.transcriber,
    synthesizer: mouth.synthesizer,
    brain: mind.brain,
    brainSettings: mind.settings,
    vad: createWebRtcVad,
    warnings: [...ears.warnings, ...mouth.warnings, ...mind.warnings],
  };
}

/** Addresses that a vendor runs itself and its customers choose from. */
const VENDOR_HOUSES: Readonly<Record<string, readonly string[]>> = {
  '11labs': ['https://api.elevenlabs.io', 'https://api.eu.residency.elevenlabs.io'],
};

/** The agent's own credential wins, then the environment. */
function keyOf(
  provider: string,
  agent: Agent | undefined,
  environment: VoiceHouseOptions['environment'],
): Secret | undefined {
  const own = agent?.vendorKeys?.[provider];
  if (own) return own;
  const text = environment[VENDOR_VARIABLES[provider]?.key ?? ''];
  return text ? new Secret(text) : undefined;
}

/**
 * Where a vendor is reached: at the address that the operator set, else, for a credential of its own, at the one that
 * this names, as far as it is the vendor's. Sockets to vendors pass no egress guard, so a tenant cannot choose the host.
 */
function baseUrlOf(
  provider: string,
  agent: Agent | undefined,
  environment: VoiceHouseOptions['environment'],
  warn: (warning: Warning) => void,
): string | undefined {
  const own = agent?.vendorKeys?.[`${provider}:apiUrl`]?.reveal();
  if (own !== undefined && VENDOR_HOUSES[provider]?.includes(own)) return own;
  if (own !== undefined)
    warn({ code: 'api-url-unavailable', message: `the apiUrl of the ${provider} credential is not used` });
  return environment[VENDOR_VARIABLES[provider]?.url ?? ''];
}

function keysIn(environment: VoiceHouseOptions['environment']): string {
  const vendors = Object.entries(VENDOR_VARIABLES).filter(([, { key }]) => environment[key]);
  return vendors.length === 0 ? '' : `; keys of ${vendors.map(([name]) => name).join(', ')} are set`;
}
