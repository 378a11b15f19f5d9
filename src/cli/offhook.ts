import { ConfigError, loadConfig } from '../config/load-config.ts';
import { PortError } from '../config/port-error.ts';
import { CommandError } from './command-error.ts';

const USAGE = `offhook: the phone exchange for AI agents

  offhook serve                         answer the phone (what npm start does)
  offhook doctor                        look at ports, addresses, voice, limits; say what to do
  offhook keys create | list | revoke   the keys of the orgs
  offhook call SIP-URI [--say TEXT]     call a number as a simulated caller
  offhook config                        the settings in force, secrets hidden

Settings are environment variables: docs/reference/configuration.md.`;

const COMMANDS: Record<string, (args: string[]) => Promise<void>> = {
  serve: async () => {
    const { serve } = await import('./serve.ts');
    await serve(loadConfig());
  },
  doctor: async () => {
    const { doctorCommand } = await import('./doctor-command.ts');
    await doctorCommand(loadConfig());
  },
  keys: async (args) => {
    const { keysCommand } = await import('./keys-command.ts');
    await keysCommand(loadConfig(), args);
  },
  call: async (args) => {
    const { callCommand } = await import('./call-command.ts');
    await callCommand(args);
  },
  config: async () => {
    const { describeConfig } = await import('../config/load-config.ts');
    for (const [name, value] of Object.entries(describeConfig(loadConfig()))) print(`${name}=${value}`);
  },
};

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs one command. A mistake of the person or the machine is one line on standard error and exit code 1. */
async function run(argv: string[]): Promise<void> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return print(USAGE);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new CommandError(`there is no command ${name}; offhook --help lists them`);
  await command(rest);
}

/** Errors that say in their message all that a person needs. */
function isPlain(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error instanceof CommandError || error instanceof ConfigError || error instanceof PortError)
    return true;
  return error.name === 'StorageOpenError' || isFromOutside((error as NodeJS.ErrnoException).code);
}

/** A port in use, an address that is not ours, a right that we lack, an option that does not exist. */
function isFromOutside(code: string | undefined): boolean {
  return code !== undefined && (/^E[A-Z]+$/.test(code) || code.startsWith('ERR_PARSE_ARGS'));
}

run(process.argv.slice(2)).catch((error: unknown) => {
  const text = isPlain(error) ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`offhook: ${text}\n`);
  process.exitCode = 1;
});
