import { pocketsphinxAvailable } from '../../src/voice/stt/pocketsphinx-available.ts';

/**
 * Options of a test that listens with pocketsphinx: it is left out, with the reason, where that is missing. In CI it
 * runs and fails, since nothing may be left out there.
 */
export async function withHearing(): Promise<{ skip?: string }> {
  const hearing = await pocketsphinxAvailable();
  if (hearing.ok || process.env.CI === 'true') return {};
  return { skip: `offline hearing is not installed: ${hearing.missing.join(', ')}` };
}
