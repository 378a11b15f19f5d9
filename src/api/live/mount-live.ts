import type { FastifyInstance } from 'fastify';
import type { LiveCalls } from '../../flow/live/live-calls.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { KeyRing } from '../server/key-ring.ts';
import { mountControl } from './control-route.ts';
import { mountListen } from './listen-upgrade.ts';

export interface LiveOptions {
  calls: LiveCalls;
  keys: KeyRing;
  clock: Clock;
  logger: Logger;
}

/** The two URLs in a call's `monitor`: one to steer it, one to listen to it. */
export function mountLive(app: FastifyInstance, options: LiveOptions): void {
  mountControl(app, options);
  mountListen(app, options);
}
