/** N agents on real media sessions with the real voice engine; ears, mind and mouth are fakes without delay. */
import type { Agent } from '../../src/domain/agents/agent.ts';
import type { TurnLatency } from '../../src/domain/calls/call.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMediaPool } from '../../src/media/media-pool.ts';
import type { MediaPool, MediaSession } from '../../src/media/media-session.ts';
import { createLogger } from '../../src/observability/logger.ts';
import type { Conversation } from '../../src/voice/engine/conversation.ts';
import { createConversation } from '../../src/voice/engine/conversation-engine.ts';
import { createEnergyVad } from '../../src/voice/vad/energy-vad.ts';
import { FakeBrain, FakeSynthesizer, FakeTranscriber, fakeAgent } from '../../test/support/fake-voice.ts';
import { type EventLoopLag, EventLoopWatch } from '../measure/event-loop-lag.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import { energyTranscriber } from './energy-transcriber.ts';

export interface VoiceServerConfig {
  /** Who ends the caller's turn: our VAD and the start speaking plan, or the transcriber. */
  endpointing: 'vad' | 'provider';
  onPunctuationMs: number;
}

export interface VoiceServerResult extends EventLoopLag {
  /** Stages of each turn by the engine's own account. */
  turns: TurnLatency[];
}

const PORTS = { from: 26_000, to: 26_999 };
/** More turns than any run has. */
const TURNS = 2_000;
const logger = createLogger('warn');

async function start({ endpointing, onPunctuationMs }: VoiceServerConfig): Promise<Served> {
  const pool = createMediaPool({ ports: PORTS, logger, workers: 1 });
  const agent = fakeAgent({
    firstMessageMode: 'assistant-waits-for-user',
    startSpeakingPlan: { waitSeconds: 0, onPunctuationSeconds: onPunctuationMs / 1000 },
    silenceTimeoutSeconds: 600,
  });
  const sessions: MediaSession[] = [];
  const conversations: Conversation[] = [];
  const turns: TurnLatency[] = [];
  const loop = new EventLoopWatch();
  return {
    ready: {},
    questions: {
      async open({ remotePorts }: { remotePorts: number[] }) {
        for (const remotePort of remotePorts) {
          const session = await openSession(pool, remotePort);
          const conversation = converse(session, agent, endpointing);
          conversation.events.on((event) => {
            if (event.type === 'turn') turns.push(event.latency);
            if (event.type === 'warning') logger.warn({ code: event.code }, event.message);
          });
          await conversation.start();
          sessions.push(session);
          conversations.push(conversation);
        }
        return sessions.map((session) => session.localPort);
      },
      measure() {
        turns.length = 0;
        loop.begin();
      },
      result: () => ({ turns, ...loop.end() }) satisfies VoiceServerResult,
    },
    async close() {
      await Promise.all(conversations.map((conversation) => conversation.close()));
      await Promise.all(sessions.map((session) => session.close()));
      await pool.close();
    },
  };
}

async function openSession(pool: MediaPool, remotePort: number): Promise<MediaSession> {
  const session = await pool.createSession({ bindAddress: '127.0.0.1' });
  session.configure({
    remoteAddress: '127.0.0.1',
    remotePort,
    remoteRtcpPort: remotePort + 1,
    codec: 'PCMU',
    payloadType: 0,
    ptimeMs: 20,
    direction: 'sendrecv',
  });
  return session;
}

function converse(
  port: MediaSession,
  agent: Agent,
  endpointing: VoiceServerConfig['endpointing'],
): Conversation {
  const clock = systemClock;
  const texts = new Array<string>(TURNS).fill('I have a question.');
  return createConversation({
    agent,
    port,
    transcriber:
      endpointing === 'provider'
        ? energyTranscriber
        : new FakeTranscriber({ clock, texts, endOfTurn: false }),
    synthesizer: new FakeSynthesizer({ clock, msPerCharacter: 30 }),
    brain: new FakeBrain({ clock, otherwise: 'Fine.' }),
    vad: async () => createEnergyVad(),
    clock,
    logger,
    variables: {},
    context: {},
  });
}

await serveParent(start);
