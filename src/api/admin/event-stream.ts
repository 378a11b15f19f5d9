import { Readable } from 'node:stream';
import type { Call, CallEvent } from '../../domain/calls/call.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import { ExchangeError } from '../../domain/errors.ts';
import { followTimeline, type TimelineSource } from '../../flow/live/follow-timeline.ts';
import type { Logger } from '../../lib/logger.ts';
import { fieldInvalid } from '../server/failure.ts';
import { EventStreamReply, type Route, route } from '../server/route.ts';
import { fromLine } from './from-domain.ts';
import { idParams } from './schema.ts';

/** Streams that one org may have open: a dashboard for each of many people, and not an exchange's every socket. */
const MAX_STREAMS_PER_ORG = 200;
/** Digits of the largest safe integer. */
const SEQUENCE = /^\d{1,15}$/;

export interface EventStreamContext extends TimelineSource {
  calls: CallRepository;
  logger: Logger;
}

/** `GET /calls/{id}/events`: the timeline as server-sent events, from its first line or from where a client left off. */
export function eventStreamRoute(context: EventStreamContext): Route {
  const open = new Map<string, number>();
  return route({
    method: 'GET',
    path: '/calls/:id/events',
    operationId: 'streamCallEvents',
    summary:
      'The timeline of a call as server-sent events, line by line as it is written, until the call ends',
    tag: 'Calls',
    params: idParams,
    status: 200,
    media: 'text/event-stream',
    handle: async ({ orgId, params, header }) => {
      const afterSeq = sequenceOf(header('last-event-id'));
      const call = await context.calls.get(orgId, params.id);
      if (!call) throw new ExchangeError('not-found', 'There is no such call.');
      // A client that has all of an ended call is told not to come back.
      if (call.status === 'ended' && (await context.calls.events(orgId, call.id, afterSeq)).length === 0)
        return new EventStreamReply(undefined);
      const count = open.get(orgId) ?? 0;
      if (count >= MAX_STREAMS_PER_ORG)
        throw new ExchangeError('limit-reached', `${count} streams of this org are open already.`);
      open.set(orgId, count + 1);
      const stream = streamOf(context, call, afterSeq);
      stream.once('close', () => release(open, orgId));
      return new EventStreamReply(stream);
    },
  });
}

function streamOf(context: EventStreamContext, call: Call, afterSeq: number): Readable {
  const gone = new AbortController();
  const texts = textOf(context, call, afterSeq, gone.signal);
  return new Readable({
    read() {
      texts.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      // Wakes the reader where it waits for a line, and ends it where it waits to be read.
      gone.abort();
      void texts.return();
      done(error);
    },
  });
}

async function* textOf(
  context: EventStreamContext,
  { orgId, id: callId }: Call,
  afterSeq: number,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  // The first bytes at once: an EventSource is open only then.
  yield ': the timeline follows\n\n';
  try {
    for await (const line of followTimeline(context, { orgId, callId, afterSeq }, signal))
      yield line === 'quiet' ? ': nothing new\n\n' : messageOf(line);
  } catch (error) {
    // The status is sent already: the client sees the connection break, and comes back for the rest.
    context.logger.error({ callId, err: error }, 'a stream of a timeline broke');
    throw error;
  }
}

/** One message of the event stream format (WHATWG HTML, server-sent events); JSON text has no line breaks. */
function messageOf(line: CallEvent): string {
  return `id: ${line.seq}\nevent: ${line.type}\ndata: ${JSON.stringify(fromLine(line))}\n\n`;
}

function sequenceOf(lastEventId: string | undefined): number {
  if (lastEventId === undefined || lastEventId === '') return 0;
  if (!SEQUENCE.test(lastEventId)) throw fieldInvalid(['Last-Event-ID'], 'must be the id of an event');
  return Number(lastEventId);
}

function release(open: Map<string, number>, orgId: string): void {
  const left = (open.get(orgId) ?? 1) - 1;
  if (left > 0) open.set(orgId, left);
  else open.delete(orgId);
}
