import type { MachineTable } from '../transaction/machine.ts';

export type ClientSessionState =
  | 'calling'
  | 'proceeding'
  | 'cancel-waiting'
  | 'cancelling'
  | 'confirmed'
  | 'ended';
export type ClientSessionInput =
  | 'provisional'
  | 'unheeded-provisional'
  | 'success'
  | 'failure'
  | 'retry'
  | 'cancel'
  | 'cancel-timeout'
  | 'peer-bye'
  | 'bye';
export type ClientSessionEffect =
  | 'pass-provisional'
  | 'send-again'
  | 'send-cancel'
  | 'confirm'
  | 'fail'
  | 'hang-up'
  | 'end'
  | 'send-bye';

/** An INVITE that goes out, to the end of its session, UAC side (RFC 3261 sections 9.1, 13.2.2 and 15). */
export const clientSessionTable: MachineTable<ClientSessionState, ClientSessionInput, ClientSessionEffect> = {
  calling: {
    provisional: { to: 'proceeding', effects: ['pass-provisional'] },
    // A reliable one out of its order says nothing, but the INVITE has no limit of its own from it on.
    'unheeded-provisional': { to: 'proceeding', effects: [] },
    success: { to: 'confirmed', effects: ['confirm'] },
    failure: { to: 'ended', effects: ['fail'] },
    retry: { to: 'calling', effects: ['send-again'] },
    cancel: { to: 'cancel-waiting', effects: [] },
  },
  proceeding: {
    provisional: { to: 'proceeding', effects: ['pass-provisional'] },
    success: { to: 'confirmed', effects: ['confirm'] },
    failure: { to: 'ended', effects: ['fail'] },
    retry: { to: 'calling', effects: ['send-again'] },
    cancel: { to: 'cancelling', effects: ['send-cancel'] },
  },
  // CANCEL must not go out before a provisional response has come (RFC 3261 section 9.1).
  'cancel-waiting': {
    provisional: { to: 'cancelling', effects: ['send-cancel'] },
    'unheeded-provisional': { to: 'cancelling', effects: ['send-cancel'] },
    success: { to: 'ended', effects: ['hang-up'] },
    failure: { to: 'ended', effects: ['fail'] },
    retry: { to: 'ended', effects: ['fail'] },
  },
  cancelling: {
    success: { to: 'ended', effects: ['hang-up'] },
    failure: { to: 'ended', effects: ['fail'] },
    retry: { to: 'ended', effects: ['fail'] },
    'cancel-timeout': { to: 'ended', effects: ['fail'] },
  },
  confirmed: {
    'peer-bye': { to: 'ended', effects: ['end'] },
    bye: { to: 'ended', effects: ['send-bye'] },
  },
  ended: {},
};
