import type { FromBenchProcess, ToBenchProcess } from './bench-process-messages.ts';

/** What a program under measurement offers to the bench that started it. */
export interface Served {
  /** Told to the bench when the program can be measured: ports, ids. */
  ready: object;
  questions?: Record<string, (details: never) => unknown>;
  /** Frees all, so that the process ends by itself. */
  close(): unknown;
}

/** Runs this process for the bench that forked it: starts, answers its questions, ends when it lets go. */
export async function serveParent<Config>(start: (config: Config) => Promise<Served>): Promise<void> {
  try {
    const { ready, questions = {}, close } = await start(JSON.parse(process.argv[2] ?? '{}') as Config);
    process.on('message', (message: ToBenchProcess) => void answer(message, questions));
    process.once('disconnect', () => void close());
    send({ id: 0, result: ready });
  } catch (error) {
    send({ id: 0, error: String(error) });
    process.disconnect?.();
    process.exitCode = 1;
  }
}

async function answer(
  { id, question, details }: ToBenchProcess,
  questions: NonNullable<Served['questions']>,
) {
  try {
    const handler = questions[question];
    if (!handler) throw new Error(`nobody answers ${question}`);
    send({ id, result: await handler(details as never) });
  } catch (error) {
    send({ id, error: String(error) });
  }
}

function send(message: FromBenchProcess): void {
  process.send?.(message);
}
