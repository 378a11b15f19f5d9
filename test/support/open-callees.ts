import { silentLogger } from '../../src/lib/logger.ts';
import { createMediaPool } from '../../src/media/media-pool.ts';
import { Callee } from '../../src/phone/callee.ts';
import type { CalleeManner } from '../../src/phone/received-call.ts';

/** Telephones that the exchange of a test calls, on a media pool of their own. */
export interface Callees {
  /** One more, which answers unless told otherwise. */
  open(manner?: CalleeManner): Promise<Callee>;
  /** Closes them all. */
  close(): Promise<void>;
}

/** @param ports RTP ports, away from those of other test files that may run meanwhile. */
export function openCallees(ports: { from: number; to: number }): Callees {
  const media = createMediaPool({ workers: 1, ports, logger: silentLogger });
  const opened: Callee[] = [];
  return {
    async open(manner = { does: 'answer' }) {
      const callee = await Callee.open({ bindAddress: '127.0.0.1', media, logger: silentLogger, manner });
      opened.push(callee);
      return callee;
    },
    async close() {
      await Promise.all(opened.map((callee) => callee.close()));
      await media.close();
    },
  };
}
