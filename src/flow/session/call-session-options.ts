import type { KnowledgeRepository } from '../../domain/knowledge/knowledge-repository.ts';
import type { HoldSound } from '../../domain/orgs/org.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { HoldAudio } from '../../voice/hold-audio/hold-audio.ts';
import type { Dialer, DialJudge } from '../dialer.ts';
import type { Leg } from '../leg.ts';
import type { CastDirectory } from '../routing/cast.ts';
import type { ServerMessages } from '../server-messages.ts';
import type { CallRecorder } from './call-recorder.ts';
import type { CallStory } from './call-story.ts';
import type { VoiceFactory } from './voice-parts.ts';

/** What one call is made of: its leg, its record, and the means of the exchange that it may use. */
export interface CallSessionOptions {
  leg: Leg;
  recorder: CallRecorder;
  story: CallStory;
  voice: VoiceFactory;
  directory: CastDirectory;
  serverMessages: ServerMessages;
  dialer: Dialer & DialJudge;
  /** What `search_knowledge` searches. */
  knowledge: Pick<KnowledgeRepository, 'search'>;
  /** The guarded way out to customers' URLs. */
  fetch: typeof globalThis.fetch;
  /** Customers' sound files. */
  audio: HoldAudio;
  /** Where to write the WAV of a call that is recorded. */
  recording: { path: string; file: string };
  holdSound: HoldSound;
  ringDelayMs: number;
  clock: Clock;
  logger: Logger;
}
