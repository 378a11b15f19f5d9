import { ConfigError, loadConfig } from '../config/load-config.ts';
import { PortError } from '../config/port-error.ts';
import { CommandError } from './command-error.ts';

const USAGE = `offhook: the phone exchange for AI agents

  offhook serve                         answer the phone (what npm start does)
  offhook doctor                        check ports, addresses, storage, voice and limits; say what to do
  offhook keys create | list | revoke   the API keys of each org
  offhook events list | show | replay   what customers' servers were told, and sending it again
  offhook secrets rotate                put stored passwords under a new secret key
  offhook import vapi|vocode|fluents    bring the numbers and agents of an account elsewhere
  offhook call SIP-URI [--say TEXT]     call a number as a simulated caller
  offhook config                        the settings that differ from their defaults, secrets hidden

  --help after keys, events, secrets, import or call tells more.
Settings are environment variables: docs/reference/configuration.md.`;

const HELP = ['help', '--help', '-h'];

const COMMANDS: Record<string, (args: string[]) => Promise<void>> = {
  serve: async (args) => {
    refuseWords('serve', args);
    const { serve } = await import('./serve.ts');
    await serve(loadConfig());
  },
  doctor: async (args) => {
    refuseWords('doctor', args);
    const { doctorCommand } = await import('./doctor-command.ts');
    await doctorCommand(loadConfig());
  },
  keys: async (args) => {
    const { KEYS_USAGE, keysCommand } = await import('./keys-command.ts');
    if (asksHelp(args)) return print(KEYS_USAGE);
    await keysCommand(loadConfig(), args);
  },
  events: async (args) => {
    const { EVENTS_USAGE, eventsCommand } = await import('./events-command.ts');
    if (asksHelp(args)) return print(EVENTS_USAGE);
    await eventsCommand(loadConfig(), args);
  },
  secrets: async (args) => {
    const { SECRETS_USAGE, secretsCommand } = await import('./secrets-command.ts');
    if (asksHelp(args)) return print(SECRETS_USAGE);
    await secretsCommand(loadConfig(), args);
  },
  import: async (args) => {
    const { IMPORT_USAGE, importCommand } = await import('./import-command.ts');
    if (asksHelp(args)) return print(IMPORT_USAGE);
    await importCommand(loadConfig(), args);
  },
  call: async (args) => {
    const { CALL_USAGE, callCommand } = await import('./call-command.ts');
    if (asksHelp(args)) return print(CALL_USAGE);
    await callCommand(args);
  },
  config: async (args) => {
    refuseWords('config', args);
    const { describeConfig } = await import('../config/load-config.ts');
    const shown = Object.entries(describeConfig(loadConfig()));
    if (shown.length === 0) print('every setting has its default: docs/reference/configuration.md');
    for (const [name, value] of shown) print(`${name}=${value}`);
  },
};

/** A word after a command that takes none is a misunderstanding, not something to overlook. */
function refuseWords(command: string, [word]: string[]): void {
  if (word === undefined) return;
  throw new CommandError(`${command} takes nothing after it, not ${word}; offhook --help lists the commands`);
}

function asksHelp(args: string[]): boolean {
  return args.length > 0 && HELP.includes(args[0] ?? '');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs one command. A mistake of the person or the machine is one line on standard error and exit code 1. */
async function run(argv: string[]): Promise<void> {
  const [name, ...rest] = argv;
  if (name === undefined || HELP.includes(name)) return print(USAGE);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new CommandError(`there is no command ${name}; offhook --help lists them`);
  await command(rest);
}

/** What a person is told of an error; only one that we did not foresee shows where it arose. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const foreseen = [CommandError, ConfigError, PortError].some((type) => error instanceof type);
  if (foreseen || error.name === 'StorageOpenError') return error.message;
  const { code } = error as NodeJS.ErrnoException;
  // An option that does not exist: Node's further sentences are about positional arguments.
  if (code?.startsWith('ERR_PARSE_ARGS')) return error.message.split('. ')[0] ?? error.message;
  // What the system refuses, such as a file that may not be read.
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return error.message;
  return error.stack ?? error.message;
}

run(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`offhook: ${describe(error)}\n`);
  process.exitCode = 1;
});
