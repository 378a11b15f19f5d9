import { Counter, Gauge, type Registry } from 'prom-client';
import { gatewayName } from '../domain/trunks/trunk.ts';
import type { TrunkReport } from '../domain/trunks/trunk-report.ts';

/** The figures of the trunks; each asks for its values whenever it is read. */
export function observeTrunks(registry: Registry, reports: () => Iterable<TrunkReport>): void {
  const registers = [registry];
  new Gauge({
    name: 'offhook_trunk_gateway_up',
    help: 'Whether a gateway answers OPTIONS: 1 or 0; not there while it is not known',
    labelNames: ['trunk', 'gateway'],
    registers,
    collect() {
      this.reset();
      for (const { id, gateways } of reports())
        for (const { gateway, health } of gateways)
          if (health && health.state !== 'unknown')
            this.set({ trunk: id, gateway: gatewayName(gateway) }, health.state === 'up' ? 1 : 0);
    },
  });
  new Gauge({
    name: 'offhook_trunk_registered',
    help: 'Whether a trunk that registers is registered: 1 or 0',
    labelNames: ['trunk'],
    registers,
    collect() {
      this.reset();
      for (const { id, registration } of reports())
        if (registration) this.set({ trunk: id }, registration.state === 'registered' ? 1 : 0);
    },
  });
  new Counter({
    name: 'offhook_trunk_calls_total',
    help: 'Calls over a trunk, by direction',
    labelNames: ['trunk', 'direction'],
    registers,
    collect() {
      this.reset();
      for (const { id, callsIn, callsOut } of reports()) {
        this.inc({ trunk: id, direction: 'in' }, callsIn);
        this.inc({ trunk: id, direction: 'out' }, callsOut);
      }
    },
  });
  new Counter({
    name: 'offhook_trunk_strangers_total',
    help: "INVITEs for a trunk's numbers that came from none of its gateways",
    labelNames: ['trunk'],
    registers,
    collect() {
      this.reset();
      for (const { id, strangersRefused } of reports()) this.inc({ trunk: id }, strangersRefused);
    },
  });
}
