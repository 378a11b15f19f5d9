import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates } from 'node:tls';
import { Secret } from '../lib/secret.ts';
import { ConfigError } from './load-config.ts';
import type { Settings } from './settings.ts';

/** What we prove ourselves with to TLS peers, as the settings name it. */
export interface TlsFiles {
  /** PEM: our certificate, then those that lead to its authority. */
  cert: string;
  /** PEM. */
  key: Secret;
  /** The first certificate of `cert`. */
  certificate: X509Certificate;
}

type TlsSetting = 'OFFHOOK_TLS_CERT' | 'OFFHOOK_TLS_KEY' | 'OFFHOOK_TLS_CA';

/**
 * Reads the certificate and its key. @returns undefined where TLS is off.
 * @throws {ConfigError} one line that names the setting, for files that cannot be read, are no PEM or do not belong together.
 */
export function readTlsFiles(settings: Settings): TlsFiles | undefined {
  const { OFFHOOK_TLS_CERT: certPath, OFFHOOK_TLS_KEY: keyPath } = settings;
  if (certPath === undefined || keyPath === undefined) return undefined;
  const cert = readText('OFFHOOK_TLS_CERT', certPath);
  const key = readText('OFFHOOK_TLS_KEY', keyPath);
  const certificate = attempt(
    () => new X509Certificate(cert),
    `OFFHOOK_TLS_CERT: ${certPath} holds no PEM certificate`,
  );
  const holds = key.includes('ENCRYPTED') ? 'an encrypted key: take its password off' : 'no PEM private key';
  const privateKey = attempt(() => createPrivateKey(key), `OFFHOOK_TLS_KEY: ${keyPath} holds ${holds}`);
  if (!certificate.checkPrivateKey(privateKey))
    throw new ConfigError([`OFFHOOK_TLS_KEY: ${keyPath} is not the key of the certificate in ${certPath}`]);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new ConfigError([`OFFHOOK_TLS_CERT: ${certPath} cannot be used: ${(error as Error).message}`]);
  }
  return { cert, key: new Secret(key), certificate };
}

/**
 * Whom we trust when we call over TLS: the authorities of the setting beside those of Node. @returns PEM; undefined where
 * Node's alone are meant. @throws {ConfigError} one line that names the setting, for a file that holds no certificate.
 */
export function readTrustedAuthorities({ OFFHOOK_TLS_CA: path }: Settings): string | undefined {
  if (path === undefined) return undefined;
  const own = readText('OFFHOOK_TLS_CA', path);
  attempt(() => new X509Certificate(own), `OFFHOOK_TLS_CA: ${path} holds no PEM certificate`);
  return [...getCACertificates('default'), own].join('\n');
}

function readText(setting: TlsSetting, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([`${setting} cannot be read: ${(error as Error).message}`]);
  }
}

/** OpenSSL's own words for a file of another kind help nobody; ours name the file. */
function attempt<T>(read: () => T, problem: string): T {
  try {
    return read();
  } catch {
    throw new ConfigError([problem]);
  }
}
