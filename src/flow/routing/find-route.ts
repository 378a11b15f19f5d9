import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { serverNotes } from '../../domain/server-notes.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ServerMessages } from '../server-messages.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import type { CallStory } from '../session/call-story.ts';
import type { LineTicket } from '../session/org-lines.ts';
import { afterFailure } from './after-failure.ts';
import type { CastDirectory } from './cast.ts';
import { ignoredTrunkFields } from './ignored-fields.ts';
import type { Route, StageReport } from './route.ts';
import { routeCall } from './route-call.ts';

/** SIP's "busy here": the org has no line left. */
const BUSY = 486;

export interface FindRouteOptions {
  number: PhoneNumber;
  story: CallStory;
  recorder: CallRecorder;
  /** The call's claim to one of its org's lines. */
  ticket: LineTicket;
  directory: CastDirectory;
  serverMessages: ServerMessages;
  /** Aborts when the caller has left. */
  signal: AbortSignal;
  logger: Logger;
}

/** Waits for one of the org's lines, then routes the call; each step is a line of its timeline. Never rejects. */
export async function findRoute(options: FindRouteOptions): Promise<Route> {
  const { number, recorder, signal, logger } = options;
  const considered = (report: StageReport) => recorder.record('route.considered', report);
  if (!(await lineGranted(options))) {
    const reason = 'call.start.error-subscription-concurrency-limit-reached';
    return { kind: 'refuse', status: BUSY, reason, why: 'all lines of the org are taken' };
  }
  noteIgnored(options);
  try {
    return await routeCall(number, options.story.scene(recorder.call), {
      directory: options.directory,
      serverMessages: asking(options),
      considered,
      signal,
    });
  } catch (error) {
    logger.error({ callId: recorder.call.id, err: error }, 'the call could not be routed');
    const why = error instanceof Error ? error.message : String(error);
    const reason = 'call.start.error-vapifault-database-error';
    return afterFailure(number, { reason, why, failure: { error: why } }, considered);
  }
}

async function lineGranted({ ticket, recorder, signal }: FindRouteOptions): Promise<boolean> {
  if (ticket.state !== 'queued') return ticket.state === 'granted';
  const { position } = ticket;
  recorder.record('call.queued', { position }, (call) => ({ ...call, status: 'queued' }), {
    type: 'status-changed',
  });
  signal.addEventListener('abort', () => ticket.leave(), { once: true });
  const granted = await ticket.settled;
  if (!granted || signal.aborted) return granted;
  recorder.record(
    'route.considered',
    { stage: 'queue', outcome: 'taken', why: 'a line is free' },
    (call) => ({
      ...call,
      status: 'ringing',
    }),
  );
  return true;
}

/** Names what the trunk and the servers of this call ask for and cannot have here. */
function noteIgnored({ number, story, recorder }: FindRouteOptions): void {
  for (const data of ignoredTrunkFields(number, story.org)) recorder.record('field.ignored', data);
  for (const [owner, server] of Object.entries({ phoneNumber: number.server, org: story.org?.server })) {
    for (const { field, reason } of server ? serverNotes(server) : [])
      recorder.record('field.ignored', { field: `${owner}.${field}`, reason });
  }
}

/** The customer's server, with each question and its answer in the timeline. */
function asking({
  serverMessages,
  recorder,
}: FindRouteOptions): Pick<ServerMessages, 'assistantServer' | 'requestAssistant'> {
  return {
    assistantServer: (scene) => serverMessages.assistantServer(scene),
    async requestAssistant(scene, signal) {
      const startedAt = performance.now();
      const answer = await serverMessages.requestAssistant(scene, signal);
      const tookMs = Math.round(performance.now() - startedAt);
      const outcome = answer.kind === 'failed' ? { error: answer.failure.detail } : { answer: answer.kind };
      recorder.record('server.asked', { question: 'assistant-request', tookMs, ...outcome });
      return answer;
    },
  };
}
