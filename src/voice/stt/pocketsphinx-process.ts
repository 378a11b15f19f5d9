import { type ChildProcess, spawn } from 'node:child_process';
import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock, type Timer } from '../../lib/clock.ts';
import { type Hypothesis, parseHypothesis } from './hypothesis.ts';
import { MODEL_DIRECTORY } from './pocketsphinx-available.ts';

/** A segment of 30 s takes about 4 s of a free core; a loaded machine gets a multiple of it. */
const DECODE_LIMIT_MS = 20_000;
/** Longest line of a hypothesis: some 1,000 words. */
const MAX_LINE_CHARS = 65_536;
const MAX_ERROR_CHARS = 500;

/** What a process listens for: the words of a language model, or the phrases of a JSGF file. */
export type Search = { key: 'open' } | { key: string; grammarFile: string };

export interface DecoderProcess {
  /** @throws when the process died or was stuck; it is of no more use then. */
  decode(samples: Int16Array<ArrayBuffer>): Promise<Hypothesis>;
  /** Called once when the process is gone. */
  onGone(listener: (error: Error) => void): void;
  kill(): void;
}

/**
 * Each process reads names of raw files from a pipe, one a line, and writes one line for each. Node's ends of the pipes
 * are sockets, which nobody can open by name as `/dev/stdin` and `/dev/stdout`: a `cat` on each side makes them pipes.
 * When we die, the first `cat` reads the end of its input, and all three end by themselves. Decoders are nice to the
 * process that carries the calls.
 */
const PIPELINE = 'cat | nice -n 5 stdbuf -oL pocketsphinx_batch "$@" | cat';

/** Second passes of the open search are left out: the same word errors in 20 % less time. */
function searchArguments(search: Search): string[] {
  if ('grammarFile' in search) return ['-jsgf', search.grammarFile, '-compallsen', 'yes'];
  return ['-lm', join(MODEL_DIRECTORY, 'en-us.lm.bin'), '-fwdflat', 'no'];
}

function startPipeline(search: Search, directory: string): ChildProcess {
  const common = [
    ...['-hmm', join(MODEL_DIRECTORY, 'en-us'), '-dict', join(MODEL_DIRECTORY, 'cmudict-en-us.dict')],
    ...['-adcin', 'yes', '-cepdir', directory, '-cepext', '.raw', '-ctl', '/dev/stdin'],
    ...['-hypseg', '/dev/stdout'],
  ];
  return spawn('sh', ['-c', PIPELINE, 'pocketsphinx', ...common, ...searchArguments(search)], {
    stdio: 'pipe',
    // A process group of its own: killed as a whole, and not by the Ctrl-C that lets calls end politely.
    detached: true,
  });
}

/** A decoder with its model loaded, one segment at a time. Segments sent while it still loads wait inside it. */
export class PocketsphinxProcess implements DecoderProcess {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #goneListeners: ((error: Error) => void)[] = [];
  #current:
    | { id: string; resolve: (hypothesis: Hypothesis) => void; reject: (error: Error) => void }
    | undefined;
  #limit: Timer | undefined;
  #line = '';
  #lastError = '';
  #gone: Error | undefined;

  /** @param directory a private one for the segments' files, best in memory. */
  constructor(search: Search, directory: string, clock: Clock = systemClock) {
    this.#directory = directory;
    this.#clock = clock;
    this.#child = startPipeline(search, directory);
    this.#child.on('error', (error) => this.#onGone(error));
    this.#child.on('close', () => this.#onGone(new Error('it ended')));
    this.#child.stdin?.on('error', (error) => this.#onGone(error));
    this.#child.stdout?.setEncoding('latin1').on('data', (text: string) => this.#onOutput(text));
    this.#child.stderr?.setEncoding('latin1').on('data', (text: string) => this.#onLog(text));
    this.#holdEventLoop(false);
  }

  async decode(samples: Int16Array<ArrayBuffer>): Promise<Hypothesis> {
    if (this.#gone) throw this.#gone;
    if (this.#current) throw new Error('a decoder takes one segment at a time');
    const id = crypto.randomUUID();
    const file = join(this.#directory, `${id}.raw`);
    const heard = new Promise<Hypothesis>((resolve, reject) => {
      this.#current = { id, resolve, reject };
    });
    heard.catch(() => undefined);
    this.#holdEventLoop(true);
    this.#limit = this.#clock.setTimeout(() => {
      this.#onGone(new Error(`no result within ${DECODE_LIMIT_MS} ms`));
    }, DECODE_LIMIT_MS);
    try {
      await writeFile(file, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), {
        mode: 0o600,
      });
      this.#child.stdin?.write(`${id}\n`);
      return await heard;
    } catch (error) {
      this.kill();
      throw error;
    } finally {
      this.#clock.clearTimeout(this.#limit);
      this.#current = undefined;
      this.#holdEventLoop(false);
      await unlink(file).catch(() => undefined);
    }
  }

  onGone(listener: (error: Error) => void): void {
    this.#goneListeners.push(listener);
  }

  kill(): void {
    this.#onGone(new Error('it was stopped'));
  }

  #onOutput(text: string): void {
    this.#line += text;
    if (this.#line.length > MAX_LINE_CHARS) this.#onGone(new Error('its output has no end of line'));
    for (let end = this.#line.indexOf('\n'); end >= 0; end = this.#line.indexOf('\n')) {
      const line = this.#line.slice(0, end);
      this.#line = this.#line.slice(end + 1);
      this.#onLine(line);
    }
  }

  #onLine(line: string): void {
    try {
      const { id, hypothesis } = parseHypothesis(line);
      if (id === this.#current?.id) this.#current.resolve(hypothesis);
    } catch (error) {
      this.#onGone(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #onLog(text: string): void {
    const found = /(?:ERROR|FATAL)[^\n]*/.exec(text);
    if (found) this.#lastError = found[0].slice(0, MAX_ERROR_CHARS);
  }

  #onGone(reason: Error): void {
    if (this.#gone) return;
    const log = this.#lastError === '' ? '' : `; its last error: ${this.#lastError}`;
    this.#gone = new Error(`pocketsphinx: ${reason.message}${log}`);
    this.#child.stdin?.destroy();
    if (this.#child.pid !== undefined) killGroup(this.#child.pid);
    this.#current?.reject(this.#gone);
    for (const listener of this.#goneListeners) listener(this.#gone);
  }

  /** An idle decoder keeps nobody's process alive. */
  #holdEventLoop(hold: boolean): void {
    const handles = [this.#child, this.#child.stdin, this.#child.stdout, this.#child.stderr];
    for (const handle of handles) {
      const counted = handle as { ref?: () => void; unref?: () => void } | null;
      if (hold) counted?.ref?.();
      else counted?.unref?.();
    }
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: it was gone already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
