import { familyMember } from './vocode-family.ts';

/** Vocode's hosted API, v1. Here it is written in its last revision, which has all that the earlier ones have. */
export const vocode = familyMember({
  name: 'vocode',
  api: 'vocode-2024',
  baseUrl: 'https://api.vocode.dev',
  parts: ['account_connection', 'voice', 'webhook', 'action', 'vector_database', 'prompt', 'agent'],
});
