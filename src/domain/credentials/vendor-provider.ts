interface VendorSecrets {
  /** The field with the key that a brain, a voice or a transcriber of this vendor asks for. */
  key: string;
  further?: readonly string[];
}

const API_KEY: VendorSecrets = { key: 'apiKey' };

/** The vendors of models, voices and transcribers that a credential can be for, each with its secret fields. */
const VENDORS = {
  '11labs': API_KEY,
  anthropic: API_KEY,
  anyscale: API_KEY,
  'assembly-ai': API_KEY,
  azure: API_KEY,
  'azure-openai': { key: 'openAIKey', further: ['ocpApimSubscriptionKey'] },
  cartesia: API_KEY,
  cerebras: API_KEY,
  'custom-llm': API_KEY,
  deepgram: API_KEY,
  deepinfra: API_KEY,
  'deep-seek': API_KEY,
  gladia: API_KEY,
  google: API_KEY,
  groq: API_KEY,
  hume: API_KEY,
  'inflection-ai': API_KEY,
  inworld: API_KEY,
  lmnt: API_KEY,
  microsoft: API_KEY,
  minimax: API_KEY,
  mistral: API_KEY,
  neuphonic: API_KEY,
  openai: API_KEY,
  openrouter: API_KEY,
  'perplexity-ai': API_KEY,
  playht: API_KEY,
  'rime-ai': API_KEY,
  runpod: API_KEY,
  'smallest-ai': API_KEY,
  soniox: API_KEY,
  speechmatics: API_KEY,
  tavus: API_KEY,
  'together-ai': API_KEY,
  wellsaid: API_KEY,
  xai: API_KEY,
} as const satisfies Record<string, VendorSecrets>;

export type VendorProvider = keyof typeof VENDORS;

export const VENDOR_PROVIDERS = Object.keys(VENDORS) as VendorProvider[];

export function isVendorProvider(provider: string): provider is VendorProvider {
  return Object.hasOwn(VENDORS, provider);
}

export function vendorSecrets(provider: VendorProvider): VendorSecrets {
  return VENDORS[provider];
}
