import { createServer } from 'node:net';
import { StorageOpenError } from './storage-open-error.ts';

/**
 * Claims the data folder of this node for one exchange on this machine: a second one would end the calls of the first
 * as if it had crashed. The claim is a socket in Linux's abstract namespace (unix(7)), which leaves no file behind and
 * ends with the process, however that ends. Elsewhere there is no such socket, and no claim.
 * @returns what gives the folder free again.
 * @throws {StorageOpenError} `data-dir-in-use`
 */
export async function claimDataDir(dataDir: string, nodeId: string): Promise<() => Promise<void>> {
  if (process.platform !== 'linux') return async () => {};
  const server = createServer((socket) => socket.destroy());
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refusal(dataDir, error)));
    server.listen(`\0offhook-node-${nodeId}`, resolve);
  });
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function refusal(dataDir: string, error: NodeJS.ErrnoException): StorageOpenError {
  const [code, problem] =
    error.code === 'EADDRINUSE'
      ? (['data-dir-in-use', 'is in use by another exchange: end that one, or set OFFHOOK_DATA_DIR'] as const)
      : (['data-dir-unusable', `cannot be claimed: ${error.code ?? error.message}`] as const);
  return new StorageOpenError(code, `The data folder ${dataDir} ${problem}.`, { cause: error });
}
