import { bracketedHost } from './ip-address.ts';

/** The same error with the address that could not be bound in its message. */
export function describeBindError(
  error: NodeJS.ErrnoException,
  protocol: 'UDP' | 'TCP' | 'TLS',
  address: string,
  port: number,
): NodeJS.ErrnoException {
  error.message = `cannot bind SIP ${protocol} ${bracketedHost(address)}:${port}: ${error.code ?? error.message}`;
  return error;
}
