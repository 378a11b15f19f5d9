import type { Call } from '../../../domain/calls/call.ts';
import { compact } from '../fields.ts';

/** Where the call can be listened to and steered, as far as its assistant allows it. */
export function fromMonitor(
  { monitorToken, agent }: Call,
  publicUrl: string,
): Record<string, unknown> | undefined {
  if (monitorToken === undefined) return undefined;
  const { listenEnabled = true, controlEnabled = true } = agent?.monitorPlan ?? {};
  const base = `${publicUrl}/live/${monitorToken}`;
  const urls = compact({
    listenUrl: listenEnabled ? `${base.replace(/^http/, 'ws')}/listen` : undefined,
    controlUrl: controlEnabled ? `${base}/control` : undefined,
  });
  return Object.keys(urls).length > 0 ? urls : undefined;
}
