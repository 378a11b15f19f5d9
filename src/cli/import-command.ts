import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Settings } from '../config/settings.ts';
import { ApiClient } from '../import/api-client.ts';
import { fluents } from '../import/fluents.ts';
import { type Given, readGiven } from '../import/given.ts';
import { ImportError } from '../import/import-error.ts';
import { importHouse } from '../import/import-house.ts';
import { type ImportReport, importReport } from '../import/import-report.ts';
import { Ledger } from '../import/ledger.ts';
import type { SourceDialect } from '../import/source-dialect.ts';
import { vapi } from '../import/vapi.ts';
import { vocode } from '../import/vocode.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { Secret } from '../lib/secret.ts';
import { CommandError } from './command-error.ts';
import { table } from './table.ts';

export const IMPORT_USAGE = `usage: offhook import vapi|vocode|fluents [--key KEY] [--base-url URL] [--dry-run] [--secrets FILE]
                           [--to URL] [--to-key KEY]

Reads the numbers, agents and what they are made of from an account, and makes the same in a running exchange.
A second run changes what changed and makes nothing twice. --dry-run shows what would happen and writes nothing.
  --key        the account's key; without it VAPI_API_KEY, VOCODE_API_KEY or FLUENTS_API_KEY is read
  --base-url   where the account's API is, if not at the vendor
  --secrets    JSON of what the vendor does not show: docs/guides/import.md
  --to         the exchange; without it OFFHOOK_URL, or the one of this machine
  --to-key     a key of the org here; without it OFFHOOK_KEY or OFFHOOK_API_KEY`;

const DIALECTS: readonly SourceDialect[] = [vapi, vocode, fluents];
const LEDGER_FILE = 'imports.json';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a run needs of the machine. */
export interface ImportSurroundings {
  settings: Settings;
  env: Environment;
  clock: Clock;
}

/** `offhook import`: brings a house from elsewhere. */
export async function importCommand(settings: Settings, args: string[]): Promise<void> {
  const lines = await runImport({ settings, env: process.env, clock: systemClock }, args);
  for (const line of lines) process.stdout.write(`${line}\n`);
}

/** @returns the lines to print. @throws {CommandError} */
export async function runImport(surroundings: ImportSurroundings, args: string[]): Promise<string[]> {
  const { settings, env, clock } = surroundings;
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      key: text,
      'base-url': text,
      'dry-run': { type: 'boolean' },
      secrets: text,
      to: text,
      'to-key': text,
    },
  });
  const dialect = DIALECTS.find(({ name }) => name === positionals[0]);
  if (!dialect || positionals.length !== 1) throw new CommandError(IMPORT_USAGE);
  const keyName = `${dialect.name.toUpperCase()}_API_KEY`;
  const key = keyFrom('--key', values.key, env[keyName], `the account's key: --key or ${keyName}`);
  const ownKey = env.OFFHOOK_KEY ?? settings.OFFHOOK_API_KEY?.reveal();
  const toKey = keyFrom(
    '--to-key',
    values['to-key'],
    ownKey,
    'a key of this exchange: --to-key or OFFHOOK_KEY',
  );
  const own = `http://127.0.0.1:${settings.OFFHOOK_HTTP_PORT}`;
  const to = baseUrlOf('--to', values.to ?? env.OFFHOOK_URL ?? own);
  const from = baseUrlOf('--base-url', values['base-url'] ?? dialect.baseUrl);
  const isDryRun = values['dry-run'] === true;
  try {
    const given: Given =
      values.secrets === undefined ? new Map() : readGiven(await readFile(values.secrets, 'utf8'));
    const rows = await importHouse({
      dialect,
      source: new ApiClient({ baseUrl: from, key, clock }),
      target: new ApiClient({ baseUrl: to, key: toKey, clock }),
      ledger: await Ledger.open(join(settings.OFFHOOK_DATA_DIR, LEDGER_FILE)),
      given,
      isDryRun,
    });
    return linesOf(importReport(rows, isDryRun));
  } catch (error) {
    if (error instanceof ImportError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

/** The notes stand below their row, since they are as long as they need to be. */
function linesOf({ head, rows, summary }: ImportReport): string[] {
  const [first = '', ...lines] = table(
    head,
    rows.map(({ cells }) => cells),
  );
  const body = lines.flatMap((line, index) => [
    line,
    ...(rows[index]?.notes ?? []).map((text) => `    ${text}`),
  ]);
  return [first, ...body, '', summary];
}

function keyFrom(
  option: string,
  given: string | undefined,
  fallback: string | undefined,
  what: string,
): Secret {
  const key = given ?? fallback;
  if (key === undefined || key === '') throw new CommandError(`import needs ${what}`);
  // It goes into a header, which holds no more than this (RFC 9110 section 11.4).
  if (!/^[\x21-\x7e]+$/.test(key)) throw new CommandError(`${option} holds characters that no key has`);
  return new Secret(key);
}

function baseUrlOf(option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new CommandError(`${option} must be a URL such as https://api.example.com, not ${text}`);
  if (url.username !== '' || url.password !== '')
    throw new CommandError(`${option} holds a name or a password: give the key with its own option`);
  return url.href.replace(/\/+$/, '');
}
