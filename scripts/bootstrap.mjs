// Runs on the system's own Node (20 or newer) before anything else: brings the npm dependencies, Node 24 among them,
// and, as root on Debian, the system packages. Says each step in one line, and nothing when there is nothing to do.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const marker = join(root, 'node_modules', '.offhook-installed.json');
const NODE_MAJOR = 24;

const VOICE = {
  command: 'pocketsphinx_continuous',
  packages: ['pocketsphinx', 'pocketsphinx-en-us'],
  without: 'agents cannot hear offline (callers are heard only through a speech vendor with a key)',
};
const SIPP = {
  command: 'sipp',
  packages: ['sip-tester'],
  without: 'the sipp interoperability tests are left out',
};
const BARESIP = {
  command: 'baresip',
  packages: ['baresip-core'],
  without: 'the baresip interoperability tests are left out',
};
const LINPHONE = {
  command: 'linphonec',
  packages: ['linphone-cli'],
  without: 'the linphone interoperability tests are left out',
};
const KAMAILIO = {
  command: 'kamailio',
  packages: ['kamailio'],
  without: 'the tests with Kamailio in front are left out',
};
const KAMAILIO_TLS = {
  library: 'kamailio/modules/tls.so',
  packages: ['kamailio-tls-modules'],
  without: 'the tests with Kamailio as a trunk over TLS are left out',
};
const TCPDUMP = {
  command: 'tcpdump',
  packages: ['tcpdump'],
  without: 'the media bench cannot see how evenly packets leave',
};
const PEERS = { start: [VOICE], test: [VOICE, SIPP, BARESIP, LINPHONE, KAMAILIO, KAMAILIO_TLS, TCPDUMP] };

const say = (line) => process.stdout.write(`offhook: ${line}\n`);
const fail = (line) => {
  process.stderr.write(`offhook: ${line}\n`);
  process.exit(1);
};

const mode = process.argv[2];
if (mode !== 'start' && mode !== 'test') fail('usage: bootstrap.mjs start|test');

installDependencies(mode);
checkNode();
installSystemPackages(PEERS[mode]);

/** `npm ci` when the lock file has changed since the last one, or when tests need what a start left out. */
function installDependencies(wanted) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const installed = readMarker();
  if (installed?.lock === lock && (installed.mode === 'test' || wanted === 'start')) return;
  // npm empties the folder first, and with it whoever's it is.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink())
    fail(
      'node_modules is a symbolic link to a folder that lacks what package-lock.json asks for; remove the link and start again, or bring that folder up to date where it is',
    );
  const omit = wanted === 'start' ? ['--omit=dev'] : [];
  say(`installing npm dependencies${wanted === 'test' ? ' and the tools for tests' : ''} (npm ci) ...`);
  const startedAt = Date.now();
  const npm = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...omit],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_ENV: '' },
    },
  );
  if (npm.error) fail(`npm could not be run: ${npm.error.message}`);
  if (npm.status !== 0) fail(`npm ci failed (exit code ${npm.status}); the lines above say why`);
  mkdirSync(dirname(marker), { recursive: true });
  writeFileSync(marker, JSON.stringify({ lock, mode: wanted }));
  say(`npm dependencies installed in ${seconds(startedAt)}`);
}

function readMarker() {
  try {
    return JSON.parse(readFileSync(marker, 'utf8'));
  } catch {
    return undefined; // first install, or node_modules was removed
  }
}

/** The npm package `node-<platform>` puts Node 24 into node_modules/.bin, which npm scripts find first. */
function checkNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return;
  const local = join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(local)) {
    rmSync(marker, { force: true });
    fail(
      `Node ${NODE_MAJOR} is needed; this is ${process.version} and no build of it came from npm for ${process.platform}-${process.arch}. Install Node ${NODE_MAJOR} and start again`,
    );
  }
}

function installSystemPackages(parts) {
  const missing = parts.filter((part) => !(part.library ? inLibraries(part.library) : onPath(part.command)));
  if (missing.length === 0) return;
  const packages = missing.flatMap((part) => part.packages);
  const canInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version') && onPath('apt-get');
  if (process.env.OFFHOOK_NO_APT || !canInstall) {
    say(`not installed: ${packages.join(' ')}. To install: sudo apt-get install ${packages.join(' ')}`);
    for (const part of missing) say(`  without ${part.packages[0]}: ${part.without}`);
    return;
  }
  say(`installing Debian packages ${packages.join(' ')} (apt-get) ...`);
  const startedAt = Date.now();
  if (!apt(['install', '-y', '--no-install-recommends', ...packages])) {
    if (!apt(['update']) || !apt(['install', '-y', '--no-install-recommends', ...packages])) {
      say(`apt-get could not install ${packages.join(' ')}`);
      for (const part of missing) say(`  without ${part.packages[0]}: ${part.without}`);
      return;
    }
  }
  say(`Debian packages installed in ${seconds(startedAt)}`);
}

function apt(args) {
  try {
    execFileSync('apt-get', ['-qq', ...args], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    return true;
  } catch {
    return false; // the caller updates the lists and tries again, or says what is missing
  }
}

function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });
}

/** Debian's folder of libraries is named after the machine. */
function inLibraries(file) {
  return readdirSync('/usr/lib').some((folder) => existsSync(join('/usr/lib', folder, file)));
}

function seconds(startedAt) {
  return `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
}
