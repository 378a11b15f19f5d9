import { readdir, readFile } from 'node:fs/promises';

const NANOSECONDS_PER_MICROSECOND = 1000;

/**
 * CPU time of a process and of all its descendants, in microseconds, from the scheduler's own account of each thread
 * (`/proc/<pid>/task/<tid>/schedstat`, exact to the nanosecond where `stat` counts in 10 ms). Threads and children
 * that have ended are not in it: measure over a window in which none ends.
 */
export async function cpuMicrosecondsOf(pid: number): Promise<number> {
  let total = 0;
  for (const tid of await threadsOf(pid)) {
    const task = `/proc/${pid}/task/${tid}`;
    const [onCpu = '0'] = (await readIfThere(`${task}/schedstat`)).split(' ');
    total += Number(onCpu) / NANOSECONDS_PER_MICROSECOND;
    const children = (await readIfThere(`${task}/children`)).split(' ').filter((child) => child !== '');
    for (const child of children) total += await cpuMicrosecondsOf(Number(child));
  }
  return total;
}

async function threadsOf(pid: number): Promise<string[]> {
  return readdir(`/proc/${pid}/task`).catch(gone([]));
}

/** A thread may end between its being listed and its being read. */
async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(gone(''));
}

function gone<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return instead;
    throw error;
  };
}
