import type { Settings } from '../config/settings.ts';
import { startOffhook } from '../main.ts';
import { welcome } from './welcome.ts';

/** Runs the exchange until SIGTERM or SIGINT; a second signal ends it at once. */
export async function serve(settings: Settings): Promise<void> {
  const offhook = await startOffhook(settings);
  for (const line of welcome(settings, offhook)) process.stdout.write(`${line}\n`);
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    const active = offhook.activeCalls;
    process.stdout.write(`offhook: ${signal}: no new calls; ${active} in progress\n`);
    offhook.stop().then(
      () => process.exit(0),
      (error: Error) => {
        process.stderr.write(`offhook: stopped, but ${error.message}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
