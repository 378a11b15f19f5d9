import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Answer latency in seconds, from a good provider to a lost caller. */
const TURN_BUCKETS_SECONDS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2, 3, 5];

/** From an INVITE to the decision who answers it, in seconds: the store alone, up to a customer's server that times out. */
const ROUTE_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 8];

/** The figures of the exchange in Prometheus form; names are stable. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'offhook_' });
  const register = [registry];
  return {
    registry,
    /** Has the gauge of calls that are up ask for its value whenever it is read. */
    observeActiveCalls(count: () => number): void {
      new Gauge({
        name: 'offhook_calls_active',
        help: 'Calls that are up',
        registers: register,
        collect() {
          this.set(count());
        },
      });
    },
    callsTotal: new Counter({
      name: 'offhook_calls_total',
      help: 'Calls ended, by reason and blame',
      labelNames: ['reason', 'blame'],
      registers: register,
    }),
    callsRejected: new Counter({
      name: 'offhook_calls_rejected_total',
      help: 'INVITEs refused, by SIP status',
      labelNames: ['status'],
      registers: register,
    }),
    answerLatency: new Histogram({
      name: 'offhook_turn_latency_seconds',
      help: "Caller's end of speech to the agent's first packet",
      buckets: TURN_BUCKETS_SECONDS,
      registers: register,
    }),
    routeLatency: new Histogram({
      name: 'offhook_route_latency_seconds',
      help: 'INVITE to the decision who answers it',
      buckets: ROUTE_BUCKETS_SECONDS,
      registers: register,
    }),
    sourceDropped: new Counter({
      name: 'offhook_sip_source_dropped_total',
      help: 'Requests dropped because their source was over its limit, banned or a scanner',
      labelNames: ['cause'],
      registers: register,
    }),
    callerAuthentications: new Counter({
      name: 'offhook_sip_caller_authentications_total',
      help: 'Credentials asked of callers, by what they sent: ok, missing, wrong or stale',
      labelNames: ['verdict'],
      registers: register,
    }),
    sourcesBanned: new Counter({
      name: 'offhook_sip_sources_banned_total',
      help: 'Source addresses banned for a while after many wrong credentials',
      registers: register,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
