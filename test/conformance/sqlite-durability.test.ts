import assert from 'node:assert/strict';
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { needsPeer, peerProgram } from '../support/peers.ts';
import { ORG } from './storage-samples.ts';

const WRITER = fileURLToPath(new URL('./storage-writer.ts', import.meta.url));
/** Largest file of the process with little space, in blocks of 512 bytes (`ulimit -f` of a POSIX shell): 2 MB. */
const SMALL_FILES = 4_096;

interface Writer {
  process: ChildProcessByStdio<Writable, Readable, null>;
  acked: string[];
  failures: string[];
  /** Resolves when so many more lines of the kind were read. */
  more(kind: 'acked' | 'failures', count: number): Promise<void>;
}

function startWriter(dataDir: string, fileLimit?: number): Writer {
  const limit = fileLimit === undefined ? '' : `trap '' XFSZ; ulimit -S -f ${fileLimit};`;
  const child = spawn('sh', ['-c', `${limit} exec "$0" "$@"`, process.execPath, WRITER, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = new Set<() => void>();
  const writer: Writer = {
    process: child,
    acked: [],
    failures: [],
    async more(kind, count) {
      const target = writer[kind].length + count;
      while (writer[kind].length < target) {
        if (child.exitCode !== null) throw new Error(`the writer ended with ${child.exitCode}`);
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    },
  };
  const wake = () => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [kind, value = ''] = line.split(' ');
    (kind === 'ack' ? writer.acked : writer.failures).push(value);
    wake();
  });
  child.on('exit', wake);
  return writer;
}

async function missingRows(dataDir: string, ids: string[]): Promise<string[]> {
  const storage = await openStorage({ dataDir, clock: systemClock, logger: silentLogger });
  try {
    const numbers = await Promise.all(ids.map((id) => storage.numbers.get(ORG, id)));
    // The index of the search must have survived with the rows.
    const total = await storage.numbers.count(ORG);
    assert.equal((await storage.numbers.page(ORG, { limit: 1, search: 'written' })).total, total);
    return ids.filter((_, index) => numbers[index] === undefined);
  } finally {
    await storage.close();
  }
}

test('a writer killed with SIGKILL loses no row that it acknowledged', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const acked: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const writer = startWriter(dataDir);
    try {
      await writer.more('acked', 60);
    } finally {
      const gone = once(writer.process, 'close');
      writer.process.kill('SIGKILL');
      await gone;
    }
    acked.push(...writer.acked);
  }
  assert.ok(acked.length >= 180);
  assert.deepEqual(await missingRows(dataDir, acked), []);
});

test(
  'a full disk fails writes loudly, loses none acknowledged, and writing goes on when there is space',
  needsPeer('prlimit'),
  async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'offhook-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const writer = startWriter(dataDir, SMALL_FILES);
    try {
      await writer.more('failures', 3);
      const before = writer.acked.length;
      assert.ok(before > 0);
      assert.deepEqual([...new Set(writer.failures)], ['storage-failed']);

      execFileSync(peerProgram('prlimit'), ['--pid', String(writer.process.pid), '--fsize=unlimited:']);
      await writer.more('acked', 20);
      const gone = once(writer.process, 'close');
      writer.process.stdin.end();
      assert.deepEqual(await gone, [0, null]);
      assert.ok(writer.acked.length >= before + 20);
    } finally {
      writer.process.kill('SIGKILL');
    }
    assert.deepEqual(await missingRows(dataDir, writer.acked), []);
  },
);
