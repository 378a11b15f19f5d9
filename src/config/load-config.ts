import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { Secret } from '../lib/secret.ts';
import { SETTINGS, type SettingName, type Settings } from './settings.ts';

/** The configuration cannot be used; the message names each setting and what is wrong with it. */
export class ConfigError extends Error {
  constructor(problems: string[]) {
    super(problems.join('; '));
    this.name = 'ConfigError';
  }
}

type Environment = Record<string, string | undefined>;

/**
 * Reads the settings from the environment, over those of the file named by OFFHOOK_CONFIG (lines `NAME=value`).
 * An empty variable counts as unset.
 * @throws {ConfigError} for values out of bounds and for names that begin with OFFHOOK_ and are no setting.
 */
export function loadConfig(env: Environment = process.env): Settings {
  const problems: string[] = [];
  const given = { ...readConfigFile(env.OFFHOOK_CONFIG), ...pickOurs(env) };
  for (const name of Object.keys(given)) {
    if (!(name in SETTINGS) && !KNOWN_ELSEWHERE.has(name)) problems.push(`${name} is not a setting`);
  }
  const settings: Record<string, unknown> = {};
  for (const [name, { schema, ...rest }] of Object.entries(SETTINGS)) {
    const text = given[name];
    const value = text === undefined || text.trim() === '' ? rest.fallback : text;
    const result = schema.safeParse(value);
    if (result.success) settings[name] = result.data;
    else problems.push(`${name} ${result.error.issues[0]?.message ?? 'is not valid'}`);
  }
  if (problems.length === 0) problems.push(...contradictions(settings as Settings));
  if (problems.length > 0) throw new ConfigError(problems);
  return settings as Settings;
}

/** Settings that are each sound and do not go together. */
function contradictions(settings: Settings): string[] {
  const { OFFHOOK_TLS_CERT: cert, OFFHOOK_TLS_KEY: key, OFFHOOK_SIPS_PORT: sips } = settings;
  if (cert !== undefined && key === undefined)
    return ['OFFHOOK_TLS_CERT needs OFFHOOK_TLS_KEY, the private key of the certificate'];
  if (key !== undefined && cert === undefined)
    return ['OFFHOOK_TLS_KEY needs OFFHOOK_TLS_CERT, the certificate of the key'];
  if (cert !== undefined && sips !== 0 && sips === settings.OFFHOOK_SIP_PORT)
    return [`OFFHOOK_SIPS_PORT must be another port than OFFHOOK_SIP_PORT, not ${sips} as well`];
  const { OFFHOOK_SIP_SESSION_EXPIRES: expires, OFFHOOK_SIP_MIN_SE: least } = settings;
  if (expires !== 0 && expires < least)
    return [`OFFHOOK_SIP_SESSION_EXPIRES must be at least OFFHOOK_SIP_MIN_SE, ${least}, or 0`];
  return [];
}

/** Variables with our prefix that others read: where settings come from, and what the tests need. */
const KNOWN_ELSEWHERE = new Set([
  'OFFHOOK_FUZZ_ROUNDS',
  'OFFHOOK_FUZZ_SEED',
  'OFFHOOK_CONFIG',
  'OFFHOOK_SPECS',
  'OFFHOOK_URL',
  'OFFHOOK_KEY',
]);

/** What differs from its default, by name; a secret shows only that it is set. */
export function describeConfig(settings: Settings): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings)) {
    const { fallback, schema } = SETTINGS[name as SettingName] as { fallback?: string; schema: z.ZodType };
    if (value === undefined) continue;
    const text = value instanceof Secret ? 'set' : JSON.stringify(value);
    if (fallback === undefined || text !== JSON.stringify(schema.parse(fallback))) shown[name] = text;
  }
  return shown;
}

function pickOurs(env: Environment): Record<string, string> {
  const ours: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('OFFHOOK_') && value !== undefined) ours[name] = value;
  }
  return ours;
}

function readConfigFile(path: string | undefined): Record<string, string> {
  if (!path) return {};
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([`OFFHOOK_CONFIG cannot be read: ${(error as Error).message}`]);
  }
  const values: Record<string, string> = {};
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    if (equals < 1) throw new ConfigError([`OFFHOOK_CONFIG line ${index + 1} is not NAME=value`]);
    values[line.slice(0, equals).trim()] = line.slice(equals + 1).trim();
  }
  return values;
}
