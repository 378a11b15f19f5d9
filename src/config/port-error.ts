/** A port that the settings ask for cannot be opened; the message is one line for the operator. */
export class PortError extends Error {
  constructor(message: string, options: { cause: unknown }) {
    super(message, options);
    this.name = 'PortError';
  }
}

/** Where somebody wanted to listen, and the setting that says so. */
export interface Listening {
  host: string;
  port: number;
  setting: 'OFFHOOK_HTTP_PORT' | 'OFFHOOK_SIP_PORT' | 'OFFHOOK_SIPS_PORT';
}

/** What a socket's error means for whoever runs the exchange. */
export function portError(error: unknown, { host, port, setting }: Listening): PortError {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  const protocol = syscall === 'bind' ? 'UDP' : 'TCP';
  const where = `${protocol} port ${port} of ${host}`;
  const say = (line: string) => new PortError(line, { cause: error });
  switch (code) {
    case 'EADDRINUSE':
      return say(`${where} is in use: end what uses it, or set ${setting} to a free port`);
    case 'EADDRNOTAVAIL':
      return say(`this machine has no address ${host}: set OFFHOOK_BIND to one it has, or to 0.0.0.0`);
    case 'EACCES':
      return say(`${where} may not be opened by this user: set ${setting} to a port above 1023`);
    default:
      return say(`${where} (${setting}) cannot be opened: ${code ?? message.replaceAll('\n', ' ')}`);
  }
}
