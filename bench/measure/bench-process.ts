import { type ChildProcess, fork } from 'node:child_process';
import type { FromBenchProcess, ToBenchProcess } from './bench-process-messages.ts';
import { cpuMicrosecondsOf } from './process-cpu.ts';

/** Longest time that a child may take to start, in milliseconds: seeding a million rows is the slowest. */
const START_TIMEOUT_MS = 120_000;
/** Longest time that it may take to answer: opening hundreds of sockets is the slowest. */
const ANSWER_TIMEOUT_MS = 15_000;
/** A child that does not end by itself within this is killed. */
const STOP_TIMEOUT_MS = 5_000;

/** A program under measurement in a process of its own, so that its CPU is its own and not the load generator's. */
export class BenchProcess<Ready> {
  readonly ready: Ready;
  readonly #child: ChildProcess;
  #lastId = 0;

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child;
    this.ready = ready;
  }

  /** Runs a module that calls `serveParent`. @throws when it dies or is silent. */
  static async start<Ready>(module: URL, config: object): Promise<BenchProcess<Ready>> {
    const child = fork(module, [JSON.stringify(config)], { serialization: 'advanced' });
    const { result } = await answerOf(child, 0, START_TIMEOUT_MS);
    return new BenchProcess(child, result as Ready);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  cpuMicroseconds(): Promise<number> {
    return cpuMicrosecondsOf(this.pid);
  }

  /** Asks the child's handler. @throws the error that the handler threw. */
  async ask<Reply>(question: string, details: object = {}): Promise<Reply> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = answerOf(this.#child, id, ANSWER_TIMEOUT_MS);
    this.#child.send({ id, question, details } satisfies ToBenchProcess);
    return (await answer).result as Reply;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const left = new Promise((resolve) => this.#child.once('exit', resolve));
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    if (this.#child.connected) this.#child.disconnect();
    await left;
    clearTimeout(timer);
  }
}

function answerOf(child: ChildProcess, id: number, timeoutMs: number): Promise<FromBenchProcess> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      child.off('message', hear);
      child.off('exit', lose);
    };
    const hear = (message: FromBenchProcess) => {
      if (message.id !== id) return;
      settle();
      if (message.error === undefined) resolve(message);
      else reject(new Error(message.error));
    };
    const lose = (code: number | null) => {
      settle();
      reject(new Error(`a process of the bench ended with code ${code}`));
    };
    const timer = setTimeout(() => {
      settle();
      child.kill('SIGKILL');
      reject(new Error(`a process of the bench gave no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    child.on('message', hear);
    child.on('exit', lose);
  });
}
