import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { ConfigError } from '../config/load-config.ts';
import type { Settings } from '../config/settings.ts';
import { readTlsFiles, type TlsFiles } from '../config/tls-files.ts';
import type { Finding } from './doctor.ts';

const DAY_MS = 24 * 3_600_000;
/** Certificates of ninety days are commonly renewed thirty days before their end: by then something has gone wrong. */
const WARN_BEFORE_END_MS = 14 * DAY_MS;

/** Whether the certificate of SIP over TLS can be read, how long it is good for, and whether it names us. */
export function examineTls(settings: Settings, now: number): Finding[] {
  let files: TlsFiles | undefined;
  try {
    files = readTlsFiles(settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const cure = 'set OFFHOOK_TLS_CERT and OFFHOOK_TLS_KEY to PEM files that belong together';
    return [{ state: 'problem', what: error.message, cure }];
  }
  if (!files) return [{ state: 'ok', what: 'SIP over TLS is off: OFFHOOK_TLS_CERT is not set' }];
  return [validity(files.certificate, now), ...naming(files.certificate, settings.OFFHOOK_PUBLIC_HOST)];
}

function validity(certificate: X509Certificate, now: number): Finding {
  const from = Date.parse(certificate.validFrom);
  const to = Date.parse(certificate.validTo);
  const name = `the TLS certificate (${certificate.subject?.replaceAll('\n', ', ') || 'without subject'})`;
  const cure = 'renew it, then start the exchange again';
  if (now > to) return { state: 'problem', what: `${name} was valid until ${day(to)}`, cure };
  if (now < from)
    return { state: 'problem', what: `${name} is valid from ${day(from)}`, cure: 'check the clock' };
  const what = `${name} is valid until ${day(to)}`;
  return to - now < WARN_BEFORE_END_MS ? { state: 'warning', what, cure } : { state: 'ok', what };
}

/** Who calls us by our public name checks that the certificate bears it. */
function naming(certificate: X509Certificate, publicHost: string | undefined): Finding[] {
  if (publicHost === undefined) return [];
  const match = isIP(publicHost) === 0 ? certificate.checkHost(publicHost) : certificate.checkIP(publicHost);
  if (match !== undefined) return [];
  const names = certificate.subjectAltName ?? 'no name';
  const what = `the TLS certificate is for ${names}, not for ${publicHost} (OFFHOOK_PUBLIC_HOST)`;
  return [
    { state: 'warning', what, cure: 'callers that verify it will not call: use one that has the name' },
  ];
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
