import type { MachineTable } from './machine.ts';

export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type NonInviteClientInput =
  | 'response-1xx'
  | 'response-final'
  | 'timer-E'
  | 'timer-F'
  | 'timer-K'
  | 'transport-error';
export type NonInviteClientEffect =
  | 'resend'
  | 'restart-E'
  | 'restart-E-at-T2'
  | 'stop-E'
  | 'stop-F'
  | 'start-K'
  | 'pass'
  | 'inform-timeout'
  | 'inform-transport-error';

/** The non-INVITE client transaction (RFC 3261 section 17.1.2). `response-final` is 2xx to 6xx. */
export const nonInviteClientTable: MachineTable<
  NonInviteClientState,
  NonInviteClientInput,
  NonInviteClientEffect
> = {
  trying: {
    'response-1xx': { to: 'proceeding', effects: ['pass'] },
    'response-final': { to: 'completed', effects: ['stop-E', 'stop-F', 'start-K', 'pass'] },
    'timer-E': { to: 'trying', effects: ['resend', 'restart-E'] },
    'timer-F': { to: 'terminated', effects: ['inform-timeout'] },
    'transport-error': { to: 'terminated', effects: ['inform-transport-error'] },
  },
  proceeding: {
    'response-1xx': { to: 'proceeding', effects: ['pass'] },
    'response-final': { to: 'completed', effects: ['stop-E', 'stop-F', 'start-K', 'pass'] },
    'timer-E': { to: 'proceeding', effects: ['resend', 'restart-E-at-T2'] },
    'timer-F': { to: 'terminated', effects: ['inform-timeout'] },
    'transport-error': { to: 'terminated', effects: ['inform-transport-error'] },
  },
  completed: {
    'timer-K': { to: 'terminated', effects: [] },
  },
  terminated: {},
};
