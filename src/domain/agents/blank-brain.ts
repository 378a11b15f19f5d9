import type { BrainSettings } from './agent.ts';

/** The brain of an agent that names none: our own provider, without a prompt or tools. */
export const BLANK_BRAIN: Readonly<BrainSettings> = {
  provider: 'offhook',
  messages: [],
  tools: [],
  toolIds: [],
  settings: {},
};
