import { once } from 'node:events';
import { createServer } from 'node:net';

/** Options of a test that calls over `::1`: left out, with the reason, where the machine has no such address. */
export async function needsIpv6(): Promise<{ skip: false | string }> {
  const server = createServer().listen(0, '::1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Anything else is a fault, and not a machine without IPv6.
    if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error;
    return { skip: `this machine has no IPv6 (${code})` };
  }
  await new Promise((resolve) => server.close(resolve));
  return { skip: false };
}
