import type { MachineTable } from './machine.ts';

export type InviteClientState = 'calling' | 'proceeding' | 'accepted' | 'completed' | 'terminated';
export type InviteClientInput =
  | 'response-1xx'
  | 'response-2xx'
  | 'response-final'
  | 'timer-A'
  | 'timer-B'
  | 'timer-D'
  | 'timer-M'
  | 'give-up'
  | 'transport-error';
export type InviteClientEffect =
  | 'resend'
  | 'restart-A'
  | 'stop-A'
  | 'stop-B'
  | 'start-D'
  | 'start-M'
  | 'ack'
  | 'pass'
  | 'inform-timeout'
  | 'inform-transport-error';

/** The INVITE client transaction: RFC 3261 section 17.1.1 with the Accepted state of RFC 6026 section 7.2. */
export const inviteClientTable: MachineTable<InviteClientState, InviteClientInput, InviteClientEffect> = {
  calling: {
    'response-1xx': { to: 'proceeding', effects: ['stop-A', 'stop-B', 'pass'] },
    'response-2xx': { to: 'accepted', effects: ['stop-A', 'stop-B', 'start-M', 'pass'] },
    'response-final': { to: 'completed', effects: ['stop-A', 'stop-B', 'ack', 'start-D', 'pass'] },
    'timer-A': { to: 'calling', effects: ['resend', 'restart-A'] },
    'timer-B': { to: 'terminated', effects: ['inform-timeout'] },
    'give-up': { to: 'terminated', effects: [] },
    'transport-error': { to: 'terminated', effects: ['inform-transport-error'] },
  },
  // No timer ends this state by itself: whoever has cancelled in vain gives the INVITE up (RFC 3261 section 9.1), and whoever
  // has no use for its answer any more sets timer B anew.
  proceeding: {
    'response-1xx': { to: 'proceeding', effects: ['pass'] },
    'timer-B': { to: 'terminated', effects: ['inform-timeout'] },
    'give-up': { to: 'terminated', effects: [] },
    'response-2xx': { to: 'accepted', effects: ['start-M', 'pass'] },
    'response-final': { to: 'completed', effects: ['ack', 'start-D', 'pass'] },
    'transport-error': { to: 'terminated', effects: ['inform-transport-error'] },
  },
  // Each 2xx goes up: it may be a retransmission that wants its ACK again, or another fork.
  accepted: {
    'response-2xx': { to: 'accepted', effects: ['pass'] },
    'timer-M': { to: 'terminated', effects: [] },
  },
  completed: {
    'response-final': { to: 'completed', effects: ['ack'] },
    'timer-D': { to: 'terminated', effects: [] },
    'transport-error': { to: 'terminated', effects: ['inform-transport-error'] },
  },
  terminated: {},
};
