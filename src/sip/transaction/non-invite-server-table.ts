import type { MachineTable } from './machine.ts';

export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type NonInviteServerInput = 'request' | 'send-1xx' | 'send-final' | 'timer-J' | 'transport-error';
export type NonInviteServerEffect = 'send' | 'resend' | 'start-J' | 'inform-transport-error';

/** The non-INVITE server transaction (RFC 3261 section 17.2.2, RFC 6026 section 7.1 for transport errors). */
export const nonInviteServerTable: MachineTable<
  NonInviteServerState,
  NonInviteServerInput,
  NonInviteServerEffect
> = {
  trying: {
    request: { to: 'trying', effects: [] },
    'send-1xx': { to: 'proceeding', effects: ['send'] },
    'send-final': { to: 'completed', effects: ['send', 'start-J'] },
  },
  proceeding: {
    request: { to: 'proceeding', effects: ['resend'] },
    'send-1xx': { to: 'proceeding', effects: ['send'] },
    'send-final': { to: 'completed', effects: ['send', 'start-J'] },
    'transport-error': { to: 'proceeding', effects: ['inform-transport-error'] },
  },
  completed: {
    request: { to: 'completed', effects: ['resend'] },
    'timer-J': { to: 'terminated', effects: [] },
    'transport-error': { to: 'completed', effects: ['inform-transport-error'] },
  },
  terminated: {},
};
