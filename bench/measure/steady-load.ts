import { setTimeout as pause } from 'node:timers/promises';
import { BenchProcess } from './bench-process.ts';

/** Packets on their way when the generator stops are still counted for so long. */
const SETTLE_MS = 200;

/** A program to be started in a process of its own. */
export interface Program {
  module: URL;
  config: object;
}

/** What a generator tells when it can begin. */
export interface GeneratorReady {
  /** Where the audio of each of its calls is to be sent. */
  ports: number[];
}

export interface SteadyLoad {
  /** Sends at a steady rate: tells {@link GeneratorReady}, and answers `begin`, `measure` and `stopSending`. */
  generator: Program;
  /** What is measured: answers `open` with where each of those ports is to send to. */
  server: Program;
  warmUpMs: number;
  windowMs: number;
  /** Looks at the load once the CPU it takes was measured, which the looking is to take no part in. */
  observe?: () => Promise<void>;
}

/**
 * Measures a program while it has its load, and asks both sides when the last of it has come.
 * @param ask what is asked then
 * @returns what was asked, and how many cores the program's whole process took.
 */
export async function measureUnderLoad<Answer>(
  load: SteadyLoad,
  ask: (server: BenchProcess<object>, generator: BenchProcess<GeneratorReady>) => Promise<Answer>,
): Promise<{ cores: number; answer: Answer }> {
  await using opened = new AsyncDisposableStack();
  const generator = await BenchProcess.start<GeneratorReady>(load.generator.module, load.generator.config);
  opened.defer(() => generator.stop());
  const server = await BenchProcess.start<object>(load.server.module, load.server.config);
  opened.defer(() => server.stop());
  const ports = await server.ask<number[]>('open', { remotePorts: generator.ready.ports });
  await generator.ask('begin', { ports });
  await pause(load.warmUpMs);
  await generator.ask('measure');
  const startedAt = performance.now();
  const before = await server.cpuMicroseconds();
  await pause(load.windowMs);
  const used = (await server.cpuMicroseconds()) - before;
  const cores = used / 1000 / (performance.now() - startedAt);
  await load.observe?.();
  await generator.ask('stopSending');
  await pause(SETTLE_MS);
  return { cores, answer: await ask(server, generator) };
}
