import type { MachineTable } from '../transaction/machine.ts';

export type ServerSessionState = 'ringing' | 'early' | 'answered' | 'confirmed' | 'ended';
export type ServerSessionInput =
  | 'ring'
  | 'progress'
  | 'accept'
  | 'reject'
  | 'cancel'
  | 'expire'
  | 'peer-bye'
  | 'ack'
  | 'no-ack'
  | 'bye';
export type ServerSessionEffect =
  | 'send-180'
  | 'send-183'
  | 'stop-ringing'
  | 'send-200'
  | 'start-retransmission'
  | 'stop-retransmission'
  | 'send-rejection'
  | 'send-487'
  | 'confirm'
  | 'send-bye'
  | 'end';

/** An INVITE from its arrival to the end of its session, UAS side (RFC 3261 sections 13.3.1 and 15). */
export const serverSessionTable: MachineTable<ServerSessionState, ServerSessionInput, ServerSessionEffect> = {
  ringing: {
    ring: { to: 'ringing', effects: ['send-180'] },
    progress: { to: 'early', effects: ['send-183'] },
    accept: { to: 'answered', effects: ['stop-ringing', 'send-200', 'start-retransmission'] },
    reject: { to: 'ended', effects: ['stop-ringing', 'send-rejection', 'end'] },
    cancel: { to: 'ended', effects: ['stop-ringing', 'send-487', 'end'] },
    expire: { to: 'ended', effects: ['stop-ringing', 'send-487', 'end'] },
    'peer-bye': { to: 'ended', effects: ['stop-ringing', 'send-487', 'end'] },
  },
  // The caller hears us. A 180 now would have many a phone play its own ringing over it, so that 183 is told again instead.
  early: {
    ring: { to: 'early', effects: ['send-183'] },
    accept: { to: 'answered', effects: ['stop-ringing', 'send-200', 'start-retransmission'] },
    reject: { to: 'ended', effects: ['stop-ringing', 'send-rejection', 'end'] },
    cancel: { to: 'ended', effects: ['stop-ringing', 'send-487', 'end'] },
    expire: { to: 'ended', effects: ['stop-ringing', 'send-487', 'end'] },
    'peer-bye': { to: 'ended', effects: ['stop-ringing', 'send-487', 'end'] },
  },
  // No row for `bye`: a callee must not send BYE before the ACK or its time-out (RFC 3261 section 15).
  answered: {
    ack: { to: 'confirmed', effects: ['stop-retransmission', 'confirm'] },
    'no-ack': { to: 'ended', effects: ['send-bye'] },
    'peer-bye': { to: 'ended', effects: ['stop-retransmission', 'end'] },
  },
  confirmed: {
    'peer-bye': { to: 'ended', effects: ['end'] },
    bye: { to: 'ended', effects: ['send-bye'] },
  },
  ended: {},
};
