import { cpus, loadavg } from 'node:os';

/** Load per core above which other work is likely to have taken CPU from the run. */
const BUSY_LOAD_PER_CORE = 0.6;

export function machineFacts(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  return `${processors.length} x ${model}, Linux loopback, Node ${process.versions.node}`;
}

/** How busy the machine was with other things when the run began: asked before the bench makes load of its own. */
export function loadAtStart(): string {
  const [lastMinute = 0] = loadavg();
  const busy = lastMinute / cpus().length > BUSY_LOAD_PER_CORE;
  return `load average ${lastMinute.toFixed(1)} at the start${busy ? ', a busy machine' : ''}`;
}
