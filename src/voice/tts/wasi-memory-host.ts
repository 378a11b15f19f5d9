/**
 * A WASI (snapshot preview 1) host for a batch program that takes arguments and writes one file: everything stays in
 * memory. It has the calls that flite imports and no others; no file of the machine can be reached through it.
 */

const ERRNO = { success: 0, badf: 8, fbig: 22, inval: 28, nosys: 52, notsup: 58 } as const;
const FILETYPE = { characterDevice: 2, directory: 3, regular: 4 } as const;
const PREOPEN_FD = 3;
const FIRST_FILE_FD = 4;
const PREOPEN_PATH = '/';
const IOVEC_BYTES = 8;
const FDSTAT_BYTES = 24;
const ALL_RIGHTS = 0xffff_ffff_ffff_ffffn;

/** Thrown by `proc_exit`: it must unwind the program's stack. */
export class ProgramExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`the program ended with exit code ${code}`);
    this.code = code;
  }
}

/** A file in memory that grows by doubling up to its cap. */
class MemoryFile {
  #bytes = new Uint8Array(65_536);
  #length = 0;
  readonly #capBytes: number;
  position = 0;

  constructor(capBytes: number) {
    this.#capBytes = capBytes;
  }

  write(chunk: Uint8Array): boolean {
    const end = this.position + chunk.length;
    if (end > this.#capBytes) return false;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#capBytes, Math.max(end, this.#bytes.length * 2)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.position);
    this.position = end;
    this.#length = Math.max(this.#length, end);
    return true;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

export interface ProgramResult {
  exitCode: number;
  /** What the program wrote into the file it opened last; empty when it opened none. */
  file: Uint8Array;
  /** Its standard error, cut at 4 KiB. */
  stderr: string;
}

const STDERR_CAP_BYTES = 4_096;

type Imports = Record<string, (...args: never[]) => number>;

class Host {
  readonly #args: Uint8Array[];
  readonly #capBytes: number;
  readonly stderr = new MemoryFile(STDERR_CAP_BYTES);
  file: MemoryFile | undefined;
  memory: WebAssembly.Memory | undefined;

  constructor(args: readonly string[], capBytes: number) {
    this.#args = args.map((arg) => new TextEncoder().encode(`${arg}\0`));
    this.#capBytes = capBytes;
  }

  get imports(): Imports {
    return { ...this.#processCalls(), ...this.#fileCalls(), ...this.#directoryCalls() };
  }

  #view(): DataView {
    if (!this.memory) throw new Error('the program called its host before it had a memory');
    return new DataView(this.memory.buffer);
  }

  #processCalls(): Imports {
    return {
      args_sizes_get: (countPtr: number, bytesPtr: number) => {
        const view = this.#view();
        view.setUint32(countPtr, this.#args.length, true);
        view.setUint32(
          bytesPtr,
          this.#args.reduce((sum, arg) => sum + arg.length, 0),
          true,
        );
        return ERRNO.success;
      },
      args_get: (tablePtr: number, bytesPtr: number) => {
        const view = this.#view();
        let at = bytesPtr;
        this.#args.forEach((arg, index) => {
          view.setUint32(tablePtr + index * 4, at, true);
          new Uint8Array(view.buffer, at, arg.length).set(arg);
          at += arg.length;
        });
        return ERRNO.success;
      },
      clock_time_get: (_id: number, _precision: bigint, timePtr: number) => {
        this.#view().setBigUint64(timePtr, BigInt(Math.round(performance.now() * 1e6)), true);
        return ERRNO.success;
      },
      proc_exit: (code: number) => {
        throw new ProgramExit(code);
      },
    };
  }

  #fileCalls(): Imports {
    return {
      fd_write: (fd: number, iovecsPtr: number, count: number, writtenPtr: number) => {
        const view = this.#view();
        let written = 0;
        for (let index = 0; index < count; index += 1) {
          const iovec = iovecsPtr + index * IOVEC_BYTES;
          const length = view.getUint32(iovec + 4, true);
          const chunk = new Uint8Array(view.buffer, view.getUint32(iovec, true), length);
          const errno = this.#write(fd, chunk);
          if (errno !== ERRNO.success) return errno;
          written += length;
        }
        view.setUint32(writtenPtr, written, true);
        return ERRNO.success;
      },
      fd_seek: (fd: number, offset: bigint, whence: number, positionPtr: number) => {
        if (fd !== FIRST_FILE_FD || !this.file) return ERRNO.badf;
        const bases = [0, this.file.position, this.file.bytes.length];
        const position = (bases[whence] ?? 0) + Number(offset);
        if (position < 0 || position > this.#capBytes) return ERRNO.inval;
        this.file.position = position;
        this.#view().setBigUint64(positionPtr, BigInt(position), true);
        return ERRNO.success;
      },
      fd_read: () => ERRNO.notsup,
      fd_close: () => ERRNO.success,
      fd_fdstat_set_flags: () => ERRNO.success,
      fd_fdstat_get: (fd: number, statPtr: number) => {
        const view = this.#view();
        new Uint8Array(view.buffer, statPtr, FDSTAT_BYTES).fill(0);
        const type = fd < PREOPEN_FD ? FILETYPE.characterDevice : FILETYPE.regular;
        view.setUint8(statPtr, fd === PREOPEN_FD ? FILETYPE.directory : type);
        view.setBigUint64(statPtr + 8, ALL_RIGHTS, true);
        view.setBigUint64(statPtr + 16, ALL_RIGHTS, true);
        return ERRNO.success;
      },
    };
  }

  /** Standard output is dropped, standard error kept as far as its cap: a program that talks is not an error. */
  #write(fd: number, chunk: Uint8Array): number {
    if (fd < PREOPEN_FD) {
      if (fd === 2) this.stderr.write(chunk);
      return ERRNO.success;
    }
    if (fd !== FIRST_FILE_FD || !this.file) return ERRNO.badf;
    return this.file.write(chunk) ? ERRNO.success : ERRNO.fbig;
  }

  #directoryCalls(): Imports {
    return {
      fd_prestat_get: (fd: number, prestatPtr: number) => {
        if (fd !== PREOPEN_FD) return ERRNO.badf;
        const view = this.#view();
        view.setUint32(prestatPtr, 0, true);
        view.setUint32(prestatPtr + 4, PREOPEN_PATH.length, true);
        return ERRNO.success;
      },
      fd_prestat_dir_name: (fd: number, pathPtr: number, length: number) => {
        if (fd !== PREOPEN_FD || length < PREOPEN_PATH.length) return ERRNO.badf;
        new Uint8Array(this.#view().buffer, pathPtr, length).set(new TextEncoder().encode(PREOPEN_PATH));
        return ERRNO.success;
      },
      path_open: (
        _dirFd: number,
        _dirFlags: number,
        _path: number,
        _pathLength: number,
        _openFlags: number,
        _rights: bigint,
        _inheriting: bigint,
        _fdFlags: number,
        fdPtr: number,
      ) => {
        this.file = new MemoryFile(this.#capBytes);
        this.#view().setUint32(fdPtr, FIRST_FILE_FD, true);
        return ERRNO.success;
      },
    };
  }
}

/**
 * Runs a WASI command to its end on the calling thread.
 * @param capBytes most that it may write into its file.
 * @throws WebAssembly.RuntimeError when it traps.
 */
export function runProgram(
  module: WebAssembly.Module,
  args: readonly string[],
  capBytes: number,
): ProgramResult {
  const host = new Host(args, capBytes);
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: host.imports });
  const { memory, _start: start } = instance.exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof start !== 'function') {
    throw new Error('not a WASI command: it exports no memory or no _start');
  }
  host.memory = memory;
  let exitCode = 0;
  try {
    start();
  } catch (error) {
    if (!(error instanceof ProgramExit)) throw error;
    exitCode = error.code;
  }
  return {
    exitCode,
    file: host.file?.bytes ?? new Uint8Array(0),
    stderr: new TextDecoder().decode(host.stderr.bytes),
  };
}
