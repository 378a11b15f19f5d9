import type { Clock } from '../../lib/clock.ts';
import type { Source, TransportProtocol } from '../session/session.ts';

/** How a flow is pinged: sends CRLF twice where there is one. */
export type Ping = (peer: Source) => void;

interface Interval {
  fromMs: number;
  toMs: number;
}

/** NATs forget a UDP mapping after 30 s, a connection after some minutes (RFC 5626 section 4.4); a draw from this is each pause. */
const CONNECTION: Interval = { fromMs: 95_000, toMs: 120_000 };
const INTERVALS: Readonly<Record<TransportProtocol, Interval>> = {
  udp: { fromMs: 24_000, toMs: 29_000 },
  tcp: CONNECTION,
  tls: CONNECTION,
};

/**
 * Keeps the way by which a registrar reaches us open, through NATs and firewalls, until the function that it returns is
 * called (RFC 5626 sections 3.5.1 and 4.4).
 * @param random from 0 to 1
 */
export function keepFlowAlive(peer: Source, clock: Clock, ping: Ping, random: () => number): () => void {
  const { fromMs, toMs } = INTERVALS[peer.protocol];
  const pauseMs = () => Math.round(fromMs + (toMs - fromMs) * random());
  const beat = () => {
    ping(peer);
    timer = clock.setTimeout(beat, pauseMs());
  };
  let timer = clock.setTimeout(beat, pauseMs());
  return () => clock.clearTimeout(timer);
}
