import type { MachineTable } from '../../sip/transaction/machine.ts';

/** What the exchange takes on: everything; no calls of its own; no new calls; none as it starts or goes down. */
export const OVERLOAD_STATES = ['normal', 'busy', 'shedding', 'draining'] as const;
export type OverloadState = (typeof OVERLOAD_STATES)[number];
/** What the last samples say, or that the exchange is not, or is, ready for calls. */
export type OverloadInput = 'calm' | 'strained' | 'overloaded' | 'drain' | 'ready';
export type OverloadEffect = 'tell';

/**
 * Overload sheds new calls before those in progress suffer. It lets go by one step at a time: what was turned away comes back
 * all at once.
 */
export const overloadTable: MachineTable<OverloadState, OverloadInput, OverloadEffect> = {
  normal: {
    strained: { to: 'busy', effects: ['tell'] },
    overloaded: { to: 'shedding', effects: ['tell'] },
    drain: { to: 'draining', effects: ['tell'] },
  },
  busy: {
    calm: { to: 'normal', effects: ['tell'] },
    overloaded: { to: 'shedding', effects: ['tell'] },
    drain: { to: 'draining', effects: ['tell'] },
  },
  shedding: {
    calm: { to: 'busy', effects: ['tell'] },
    strained: { to: 'busy', effects: ['tell'] },
    drain: { to: 'draining', effects: ['tell'] },
  },
  draining: {
    ready: { to: 'normal', effects: ['tell'] },
  },
};
