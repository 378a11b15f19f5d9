/** Our media sessions with the least owner they can have: one that sends back what it hears, or one that always speaks. */
import { systemClock } from '../../src/lib/clock.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createMediaPool } from '../../src/media/media-pool.ts';
import type { MediaSession } from '../../src/media/media-session.ts';
import { SAMPLE_RATE_HZ } from '../../src/media/media-session.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { percentile } from '../measure/percentile.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import { BENCH_KEY, LINES, type Line, type LineName } from './line.ts';
import { SERVER_PORTS } from './server-ports.ts';

export interface MediaServerConfig {
  mode: 'echoes' | 'speaks';
  line: LineName;
}

export interface MediaServerResult {
  /** Packets of audio that were taken. */
  received: number;
  /** How late packets were sent, p99 by the worker's own account, the middle call. */
  latenessP99Ms?: number;
}

const KEY = new Secret(BENCH_KEY.toString('base64'));
/** A synthesizer gives its audio in pieces about so long, ahead of its being sent. */
const PIECE_MS = 500;
/** How often it is looked which call is due for one. */
const SPEAK_EVERY_MS = 10;

async function start({ mode, line }: MediaServerConfig): Promise<Served> {
  const pool = createMediaPool({ ports: SERVER_PORTS, logger: createLogger('warn'), workers: 1 });
  const sessions: MediaSession[] = [];
  let speaker: NodeJS.Timeout | undefined;
  return {
    ready: {},
    questions: {
      async open({ remotePorts }: { remotePorts: number[] }) {
        for (const remotePort of remotePorts)
          sessions.push(await openSession(pool, remotePort, mode, LINES[line]));
        if (mode === 'speaks') speaker = speakOn(sessions);
        return sessions.map((session) => session.localPort);
      },
      async result() {
        const stats = await Promise.all(sessions.map((session) => session.stats()));
        const received = stats.reduce((total, session) => total + session.received, 0);
        const lateness = stats.map(({ sendLatenessP99Ms }) => sendLatenessP99Ms);
        return { received, latenessP99Ms: percentile(lateness, 0.5) } satisfies MediaServerResult;
      },
    },
    async close() {
      clearInterval(speaker);
      await Promise.all(sessions.map((session) => session.close()));
      await pool.close();
    },
  };
}

async function openSession(
  pool: ReturnType<typeof createMediaPool>,
  remotePort: number,
  mode: MediaServerConfig['mode'],
  { codec, format, suite }: Line,
): Promise<MediaSession> {
  const session = await pool.createSession({ bindAddress: '127.0.0.1' });
  // In both modes the audio crosses to the main thread: there it is heard by the voice engine.
  session.audio.on(({ samples }) => {
    if (mode === 'echoes') session.play(samples);
  });
  session.configure({
    remoteAddress: '127.0.0.1',
    remotePort,
    remoteRtcpPort: remotePort + 1,
    codec,
    payloadType: format.payloadType,
    ptimeMs: 20,
    direction: 'sendrecv',
    ...(suite && { srtp: { suite, sendKey: KEY, receiveKey: KEY } }),
  });
  return session;
}

/** Keeps every call one to three pieces ahead of the wire, each in its own time: calls know nothing of each other. */
function speakOn(sessions: MediaSession[]): NodeJS.Timeout {
  const piece = Int16Array.from({ length: (SAMPLE_RATE_HZ * PIECE_MS) / 1000 }, (_, index) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 400 * index) / SAMPLE_RATE_HZ)),
  );
  const startedAt = systemClock.monotonic();
  const speakers = sessions.map((session, index) => {
    for (let ahead = 0; ahead < 2; ahead += 1) session.play(piece.slice());
    return { session, dueAt: startedAt + (index / sessions.length) * PIECE_MS };
  });
  return setInterval(() => {
    const now = systemClock.monotonic();
    for (const speaker of speakers) {
      if (speaker.dueAt > now) continue;
      speaker.session.play(piece.slice());
      speaker.dueAt += PIECE_MS;
    }
  }, SPEAK_EVERY_MS);
}

await serveParent(start);
