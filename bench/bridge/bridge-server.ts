/** Our bridges: the sessions of neighbouring ports hear each other, in one media worker or in two. */
import { createMediaPool } from '../../src/media/media-pool.ts';
import type { MediaSession } from '../../src/media/media-session.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';

export interface BridgeServerConfig {
  workers: 1 | 2;
}

/** Ports of the pool: away from the default range, where a running exchange has its calls. */
const PORTS = { from: 26_000, to: 27_999 };
const HOST = '127.0.0.1';

async function start({ workers }: BridgeServerConfig): Promise<Served> {
  const pool = createMediaPool({ ports: PORTS, logger: createLogger('warn'), workers });
  const sessions: MediaSession[] = [];
  return {
    ready: {},
    questions: {
      async open({ remotePorts }: { remotePorts: number[] }) {
        // One after the other: so neighbours lie in different workers where there are two.
        for (const remotePort of remotePorts) {
          const session = await pool.createSession({ bindAddress: HOST });
          session.configure({
            remoteAddress: HOST,
            remotePort,
            remoteRtcpPort: remotePort + 1,
            codec: 'PCMU',
            payloadType: 0,
            ptimeMs: 20,
            direction: 'sendrecv',
          });
          sessions.push(session);
        }
        for (let index = 0; index + 1 < sessions.length; index += 2)
          (sessions[index] as MediaSession).bridge(sessions[index + 1] as MediaSession);
        return sessions.map((session) => session.localPort);
      },
    },
    async close() {
      await Promise.all(sessions.map((session) => session.close()));
      await pool.close();
    },
  };
}

await serveParent(start);
