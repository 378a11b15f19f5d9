import { familyMember } from './vocode-family.ts';

/** Fluents, which came from Vocode and has no vector databases: https://docs.fluents.ai. */
export const fluents = familyMember({
  name: 'fluents',
  api: 'fluents',
  baseUrl: 'https://api.fluents.ai',
  parts: ['account_connection', 'voice', 'webhook', 'action', 'prompt', 'agent'],
});
