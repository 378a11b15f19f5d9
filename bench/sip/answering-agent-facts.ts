export interface AnsweringAgentReady {
  /** Of UDP and TCP. */
  port: number;
  tlsPort: number;
}

/** Callers of this user are asked for this account. */
export const LOCKED_USER = 'locked';
export const ACCOUNT = { username: 'bench', password: 'bench-password' };
