import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name: string) => fileURLToPath(new URL(`tls/${name}`, import.meta.url));

/** Where the test certificate and its key lie, for what takes paths. */
export const CERT_PATH = path('exchange.cert.pem');
export const KEY_PATH = path('exchange.key.pem');
export const CA_PATH = path('ca.cert.pem');

/** The same in PEM: an identity for localhost, 127.0.0.1, ::1 and exchange.test, and the authority that vouches for it. */
export const CERT = readFileSync(CERT_PATH, 'utf8');
export const KEY = readFileSync(KEY_PATH, 'utf8');
export const CA = readFileSync(CA_PATH, 'utf8');
