import { once } from 'node:events';
import { createServer } from 'node:net';
import { leftOut } from './left-out.ts';

/** What gives a machine `::1`, by the code that its absence has: the address is switched off, or all of IPv6 is. */
const CURES = new Map([
  ['EADDRNOTAVAIL', 'sysctl -w net.ipv6.conf.lo.disable_ipv6=0'],
  ['EAFNOSUPPORT', 'start the kernel without ipv6.disable=1'],
]);

/** Options of a test that calls over `::1`: left out where the machine has no such address. @throws in CI, see {@link leftOut} */
export async function needsIpv6(): Promise<{ skip: false | string }> {
  const server = createServer().listen(0, '::1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const cure = CURES.get(code);
    // Anything else is a fault, and not a machine without IPv6.
    if (cure === undefined) throw error;
    return leftOut(`this machine has no IPv6 on loopback (${code}): ${cure}`);
  }
  await new Promise((resolve) => server.close(resolve));
  return { skip: false };
}
