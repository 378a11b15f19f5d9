import type { MachineTable } from '../transaction/machine.ts';

export type RegistrationMachineState =
  | 'registering'
  | 'registered'
  | 'refreshing'
  | 'waiting'
  | 'closing'
  | 'unregistering'
  | 'closed';
export type RegistrationInput =
  /** A 2xx. */
  | 'granted'
  /** A 423 that names a longer interval than we asked for. */
  | 'too-brief'
  /** Any other final response, or none. */
  | 'failed'
  /** Time to refresh, or to try again. */
  | 'due'
  /** The connection over which the registrar reaches us is gone. */
  | 'flow-lost'
  | 'close'
  /** Closing has taken too long, or the stack itself closes. */
  | 'give-up';
export type RegistrationEffect =
  | 'send-register'
  | 'send-unregister'
  | 'schedule-refresh'
  | 'schedule-retry'
  | 'stop-schedule'
  | 'start-give-up'
  | 'keep-flow'
  | 'drop-flow'
  | 'tell'
  | 'finish';

/**
 * A binding at a registrar, UAC side (RFC 3261 section 10.2). There is never more than one REGISTER under way (section 10.2.4):
 * who closes while one is waits for its response, as it may yet make a binding.
 */
export const registrationTable: MachineTable<
  RegistrationMachineState,
  RegistrationInput,
  RegistrationEffect
> = {
  registering: {
    granted: { to: 'registered', effects: ['schedule-refresh', 'keep-flow', 'tell'] },
    'too-brief': { to: 'registering', effects: ['send-register'] },
    failed: { to: 'waiting', effects: ['drop-flow', 'schedule-retry', 'tell'] },
    close: { to: 'closing', effects: ['start-give-up', 'tell'] },
    'give-up': { to: 'closed', effects: ['tell', 'finish'] },
  },
  registered: {
    due: { to: 'refreshing', effects: ['send-register'] },
    'flow-lost': { to: 'refreshing', effects: ['stop-schedule', 'send-register'] },
    close: { to: 'unregistering', effects: ['stop-schedule', 'start-give-up', 'tell', 'send-unregister'] },
    'give-up': { to: 'closed', effects: ['tell', 'finish'] },
  },
  refreshing: {
    granted: { to: 'registered', effects: ['schedule-refresh', 'keep-flow', 'tell'] },
    'too-brief': { to: 'refreshing', effects: ['send-register'] },
    failed: { to: 'waiting', effects: ['drop-flow', 'schedule-retry', 'tell'] },
    close: { to: 'closing', effects: ['start-give-up', 'tell'] },
    'give-up': { to: 'closed', effects: ['tell', 'finish'] },
  },
  // No binding is known of, but the last one may live yet, or a lost response may have made one.
  waiting: {
    due: { to: 'registering', effects: ['send-register', 'tell'] },
    close: { to: 'unregistering', effects: ['stop-schedule', 'start-give-up', 'tell', 'send-unregister'] },
    'give-up': { to: 'closed', effects: ['tell', 'finish'] },
  },
  closing: {
    granted: { to: 'unregistering', effects: ['send-unregister'] },
    'too-brief': { to: 'closed', effects: ['finish'] },
    failed: { to: 'unregistering', effects: ['send-unregister'] },
    'give-up': { to: 'closed', effects: ['finish'] },
  },
  unregistering: {
    granted: { to: 'closed', effects: ['finish'] },
    'too-brief': { to: 'closed', effects: ['finish'] },
    failed: { to: 'closed', effects: ['finish'] },
    'give-up': { to: 'closed', effects: ['finish'] },
  },
  closed: {},
};
