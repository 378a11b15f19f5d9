import type { Settings } from '../config/settings.ts';
import { startOffhook } from '../main.ts';
import { welcome } from './welcome.ts';

/** Ctrl-C comes twice at once, from the terminal and from npm, which passes on what it gets: a person is slower. */
const SAME_SIGNAL_MS = 500;

/** Runs the exchange until SIGTERM or SIGINT; a second signal ends it at once. */
export async function serve(settings: Settings): Promise<void> {
  const offhook = await startOffhook(settings);
  for (const line of welcome(settings, offhook)) process.stdout.write(`${line}\n`);
  let stoppingSince: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince >= SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
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
