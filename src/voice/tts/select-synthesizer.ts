import type { VoiceSettings } from '../../domain/agents/agent.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Synthesizer } from './contract.ts';
import { createElevenLabsSynthesizer } from './elevenlabs.ts';
import { createFallbackSynthesizer, type SynthesizerFallback } from './fallback.ts';

export type SynthesizerFactory = (options: { key: Secret; baseUrl?: string }) => Synthesizer;

/** The vendors that are built, by the name that agents call them. */
export const SYNTHESIZER_PROVIDERS: Readonly<Record<string, SynthesizerFactory>> = {
  '11labs': createElevenLabsSynthesizer,
};

export interface SynthesizerChoice {
  /** What the agent asks for. */
  settings: VoiceSettings | undefined;
  /** Stands in wherever the vendor cannot, and when it fails amid a call. */
  offline: Synthesizer;
  key: (provider: string) => Secret | undefined;
  /** Where the vendor is reached; its own address when unset. */
  baseUrl?: (provider: string) => string | undefined;
  onFallback?: (fallback: SynthesizerFallback) => void;
}

export interface ChosenSynthesizer {
  synthesizer: Synthesizer;
  /** Why it is not the one the agent names. */
  warnings: { code: 'provider-not-built' | 'provider-key-missing'; message: string }[];
}

/** The voice that an agent's settings name, as far as this exchange has them: never none. */
export function selectSynthesizer(choice: SynthesizerChoice): ChosenSynthesizer {
  const { settings, offline, key, baseUrl, onFallback = () => undefined } = choice;
  if (settings === undefined || settings.provider === 'offline')
    return { synthesizer: offline, warnings: [] };
  const { provider } = settings;
  const factory = Object.hasOwn(SYNTHESIZER_PROVIDERS, provider)
    ? SYNTHESIZER_PROVIDERS[provider]
    : undefined;
  if (!factory) {
    const message = `voice ${provider} is not built yet: the offline one stands in`;
    return { synthesizer: offline, warnings: [{ code: 'provider-not-built', message }] };
  }
  const secret = key(provider);
  if (!secret) {
    const message = `no key for voice ${provider}: the offline one stands in`;
    return { synthesizer: offline, warnings: [{ code: 'provider-key-missing', message }] };
  }
  const url = baseUrl?.(provider);
  const vendor = factory({ key: secret, ...(url === undefined ? {} : { baseUrl: url }) });
  return { synthesizer: createFallbackSynthesizer([vendor, offline], onFallback), warnings: [] };
}
