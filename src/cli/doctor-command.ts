import type { Settings } from '../config/settings.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { raiseThreadPriority } from '../lib/thread-priority.ts';
import { openPostgres } from '../storage/engines/postgres.ts';
import { pocketsphinxAvailable } from '../voice/stt/pocketsphinx-available.ts';
import { createFliteSynthesizer } from '../voice/tts/flite.ts';
import { CommandError } from './command-error.ts';
import { examine, render } from './doctor.ts';

/** How long a running exchange may take to say that it is one. */
const HEALTH_LIMIT_MS = 2_000;

/** `offhook doctor`: prints what it finds; exit code 1 when something must be mended. */
export async function doctorCommand(settings: Settings): Promise<void> {
  const findings = await examine(settings, {
    hearing: pocketsphinxAvailable,
    speaking: timeOneSentence,
    now: () => systemClock.now(),
    postgres: reachPostgres,
    priority: raiseThreadPriority,
    exchangeAt: isExchange,
  });
  for (const line of render(findings)) process.stdout.write(`${line}\n`);
  const problems = findings.filter((finding) => finding.state === 'problem').length;
  if (problems > 0) throw new CommandError(`${problems} problem${problems > 1 ? 's' : ''} found`);
}

async function reachPostgres(url: string): Promise<void> {
  const engine = await openPostgres(url, silentLogger);
  await engine.close();
}

async function isExchange(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(HEALTH_LIMIT_MS) });
    const { status } = (await response.json()) as { status?: unknown };
    return ['ok', 'starting', 'draining'].includes(String(status));
  } catch {
    return false; // nobody there, or somebody who speaks otherwise
  }
}

async function timeOneSentence(): Promise<number> {
  const synthesizer = createFliteSynthesizer({ logger: silentLogger });
  try {
    await synthesizer.warm();
    const startedAt = performance.now();
    const options = { language: 'en', speed: 1, settings: {}, signal: new AbortController().signal };
    for await (const _audio of synthesizer.speak(oneSentence(), options)) break;
    return performance.now() - startedAt;
  } finally {
    await synthesizer.close();
  }
}

async function* oneSentence(): AsyncIterable<string> {
  yield 'All of the parts are working.';
}
