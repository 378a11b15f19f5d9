import type { TranscriberSettings } from '../../domain/agents/agent.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Transcriber } from './contract.ts';
import { createDeepgramTranscriber } from './deepgram.ts';
import { createFallbackTranscriber, type TranscriberFallback } from './fallback.ts';

export type TranscriberFactory = (options: { key: Secret; baseUrl?: string }) => Transcriber;

/** The vendors that are built, by the name that agents call them. */
export const TRANSCRIBER_PROVIDERS: Readonly<Record<string, TranscriberFactory>> = {
  deepgram: createDeepgramTranscriber,
};

export interface TranscriberChoice {
  /** What the agent asks for. */
  settings: TranscriberSettings | undefined;
  /** Stands in wherever the vendor cannot, and when it fails amid a call. */
  offline: Transcriber;
  key: (provider: string) => Secret | undefined;
  /** Where the vendor is reached; its own address when unset. */
  baseUrl?: (provider: string) => string | undefined;
  onFallback?: (fallback: TranscriberFallback) => void;
}

export interface ChosenTranscriber {
  transcriber: Transcriber;
  /** Why it is not the one the agent names. */
  warnings: { code: 'provider-not-built' | 'provider-key-missing'; message: string }[];
}

/** The ears that an agent's settings name, as far as this exchange has them: never none. */
export function selectTranscriber(choice: TranscriberChoice): ChosenTranscriber {
  const { settings, offline, key, baseUrl, onFallback = () => undefined } = choice;
  if (settings === undefined || settings.provider === 'offline')
    return { transcriber: offline, warnings: [] };
  const { provider } = settings;
  const factory = Object.hasOwn(TRANSCRIBER_PROVIDERS, provider)
    ? TRANSCRIBER_PROVIDERS[provider]
    : undefined;
  if (!factory) {
    const message = `transcriber ${provider} is not built yet: the offline one stands in`;
    return { transcriber: offline, warnings: [{ code: 'provider-not-built', message }] };
  }
  const secret = key(provider);
  if (!secret) {
    const message = `no key for transcriber ${provider}: the offline one stands in`;
    return { transcriber: offline, warnings: [{ code: 'provider-key-missing', message }] };
  }
  const url = baseUrl?.(provider);
  const vendor = factory({ key: secret, ...(url === undefined ? {} : { baseUrl: url }) });
  return { transcriber: createFallbackTranscriber([vendor, offline], onFallback), warnings: [] };
}
