import type { MachineTable } from './machine.ts';

export type InviteServerState = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated';
export type InviteServerInput =
  | 'request'
  | 'ack'
  | 'send-1xx'
  | 'send-2xx'
  | 'send-final'
  | 'timer-G'
  | 'timer-H'
  | 'timer-I'
  | 'timer-L'
  | 'transport-error';
export type InviteServerEffect =
  | 'send'
  | 'resend'
  | 'start-G'
  | 'restart-G'
  | 'stop-G'
  | 'start-H'
  | 'stop-H'
  | 'start-I'
  | 'start-L'
  | 'pass-ack'
  | 'inform-timeout'
  | 'inform-transport-error';

/**
 * The INVITE server transaction: RFC 3261 section 17.2.1 with the Accepted state of RFC 6026 section 7.1.
 * A transport error leaves it where it is (RFC 6026 section 7.1); timers take it away.
 */
export const inviteServerTable: MachineTable<InviteServerState, InviteServerInput, InviteServerEffect> = {
  proceeding: {
    request: { to: 'proceeding', effects: ['resend'] },
    'send-1xx': { to: 'proceeding', effects: ['send'] },
    'send-2xx': { to: 'accepted', effects: ['send', 'start-L'] },
    'send-final': { to: 'completed', effects: ['send', 'start-G', 'start-H'] },
    'transport-error': { to: 'proceeding', effects: ['inform-transport-error'] },
  },
  // The 2xx is retransmitted by the transaction user; retransmitted INVITEs are absorbed.
  accepted: {
    request: { to: 'accepted', effects: [] },
    'send-2xx': { to: 'accepted', effects: ['send'] },
    ack: { to: 'accepted', effects: ['pass-ack'] },
    'timer-L': { to: 'terminated', effects: [] },
    'transport-error': { to: 'accepted', effects: ['inform-transport-error'] },
  },
  completed: {
    request: { to: 'completed', effects: ['resend'] },
    ack: { to: 'confirmed', effects: ['stop-G', 'stop-H', 'start-I'] },
    'timer-G': { to: 'completed', effects: ['resend', 'restart-G'] },
    'timer-H': { to: 'terminated', effects: ['inform-timeout'] },
    'transport-error': { to: 'completed', effects: ['inform-transport-error'] },
  },
  confirmed: {
    request: { to: 'confirmed', effects: [] },
    ack: { to: 'confirmed', effects: [] },
    'timer-I': { to: 'terminated', effects: [] },
  },
  terminated: {},
};
