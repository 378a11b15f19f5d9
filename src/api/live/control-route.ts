import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ExchangeError } from '../../domain/errors.ts';
import type { LiveCall } from '../../flow/live/live-call.ts';
import type { Clock } from '../../lib/clock.ts';
import { checked } from '../server/failure.ts';
import { controlBodySchema } from '../vapi/live/schema.ts';
import { toCommand } from '../vapi/live/to-domain.ts';
import { admit } from './admission.ts';
import type { LiveOptions } from './mount-live.ts';

/** Commands that one call takes within {@link RATE_WINDOW_MS}; people and their dashboards send a few a minute. */
const MAX_COMMANDS = 20;
const RATE_WINDOW_MS = 1000;

/** `POST /live/{token}/control`: answers as soon as the call has taken the command. */
export function mountControl(app: FastifyInstance, options: LiveOptions): void {
  const admitted = new WeakMap<FastifyRequest, LiveCall>();
  const pace = new Pace(options.clock);
  app.route({
    method: 'POST',
    url: '/live/:token/control',
    // Before the body is read: a stranger's megabyte is not even received.
    onRequest: async (request) => {
      const { token } = request.params as { token: string };
      const live = await admit('control', token, request.headers.authorization, options);
      pace.count(live);
      admitted.set(request, live);
    },
    handler: async (request, reply) => {
      const live = admitted.get(request);
      if (!live) throw new Error('a live call was reached without admission');
      const body = checked(controlBodySchema, request.body ?? {});
      const origin = { orgId: live.call.orgId, now: options.clock.now() };
      await live.control(toCommand(body, origin));
      return reply.type('application/json; charset=utf-8').send('{"success":true}');
    },
  });
}

/** How many commands each call got of late: each writes a line of the timeline, and may grow the history. */
class Pace {
  readonly #clock: Clock;
  readonly #windows = new WeakMap<LiveCall, { since: number; commands: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws {ExchangeError} limit-reached when they are too many. */
  count(live: LiveCall): void {
    const now = this.#clock.monotonic();
    const window = this.#windows.get(live);
    if (!window || now - window.since >= RATE_WINDOW_MS) {
      this.#windows.set(live, { since: now, commands: 1 });
      return;
    }
    window.commands += 1;
    if (window.commands > MAX_COMMANDS)
      throw new ExchangeError(
        'limit-reached',
        `A call takes no more than ${MAX_COMMANDS} commands a second.`,
      );
  }
}
