import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeTcpPort } from './free-tcp-port.ts';
import { peerProgram } from './peers.ts';
import { tone } from './tones.ts';
import { until } from './until.ts';
import { readWav, wavOf } from './wav.ts';

const HOST = '127.0.0.1';
/** What linphone plays where a test says nothing of it: a tone, longer than any test. */
export const LINPHONE_TONE_HZ = 440;
const TONE_SECONDS = 60;
const TONE_AMPLITUDE = 8_000;
const HEARD_FILE = 'heard.wav';
const REGISTER_SECONDS = 60;
/** How long linphone may take for what is asked of it, and to go, in milliseconds. */
const PATIENCE_MS = 10_000;
/** RTP ports of linphone, away from those of the exchange and of the other telephones; it takes one pair per call. */
const RTP_PORTS = { from: 33_000, count: 500 };

export interface LinphoneOptions {
  transport?: 'udp' | 'tcp' | 'tls';
  /** Encrypts its audio, and calls nobody who does not (SDES). */
  srtp?: boolean;
  /** `host:port` where it registers over the transport, and through which it calls, as whom. */
  account?: { registrar: string; username: string; password: string; realm: string };
  /** Takes every call that comes, at once. */
  answers?: boolean;
  /** What it plays to the other side, at 8 kHz. Unset: a tone. */
  plays?: Int16Array;
}

/** A linphone without sound card, driven over its console. */
export interface Linphone {
  /** Where it is called. */
  readonly uri: string;
  /** Of the transport that it was told to speak. */
  readonly port: number;
  dial(uri: string): void;
  /** Presses one key in the call that is up: a telephone-event (RFC 4733). */
  press(key: string): void;
  hold(): void;
  resume(): void;
  hangup(): void;
  /** Waits until its console shows this. @throws with all that it shows where that does not come. */
  shows(pattern: RegExp): Promise<void>;
  /** What it has heard in its last call, once that is over. At 8 kHz. */
  heard(): Promise<Int16Array>;
  close(): Promise<void>;
}

export async function startLinphone(options: LinphoneOptions = {}): Promise<Linphone> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-linphone-'));
  const [sipPort, tlsPort] = await Promise.all([freeTcpPort(), freeTcpPort()]);
  const playing = join(folder, 'tone.wav');
  // Without a place for its database it does not open its sockets.
  await mkdir(join(folder, '.local', 'share', 'linphone'), { recursive: true });
  await Promise.all([
    writeFile(join(folder, 'config'), configuration(options, sipPort, tlsPort)),
    writeFile(playing, wavOf(options.plays ?? tone(LINPHONE_TONE_HZ, TONE_SECONDS * 1_000, TONE_AMPLITUDE))),
  ]);
  const child = spawn(peerProgram('linphone'), ['-c', join(folder, 'config'), '-d', '0'], {
    env: { HOME: folder, PATH: process.env.PATH },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { transport = 'udp' } = options;
  const port = transport === 'tls' ? tlsPort : sipPort;
  const uri = `sip:interop@${HOST}:${port};transport=${transport}`;
  const linphone = new ConsoleLinphone(uri, port, folder, child);
  await linphone.shows(/linphonec>/);
  // It has an address of IPv6 first where the machine has one, and no way from there to ours.
  linphone.type('ipv6 disable', 'soundcard use files', `play ${playing}`);
  linphone.type(`record ${join(folder, HEARD_FILE)}`);
  if (options.answers) linphone.type('autoanswer enable');
  await linphone.shows(/Using wav files instead of soundcard/);
  return linphone;
}

class ConsoleLinphone implements Linphone {
  readonly uri: string;
  readonly port: number;
  readonly #folder: string;
  readonly #child: ChildProcess;
  #shown = '';

  constructor(uri: string, port: number, folder: string, child: ChildProcess) {
    this.uri = uri;
    this.port = port;
    this.#folder = folder;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (part) => {
        this.#shown += part;
      });
    }
  }

  type(...commands: string[]): void {
    for (const command of commands) this.#child.stdin?.write(`${command}\n`);
  }

  dial(uri: string): void {
    this.type(`call ${uri}`);
  }

  press(key: string): void {
    this.type(key);
  }

  hold(): void {
    this.type('pause');
  }

  resume(): void {
    this.type('resume 1');
  }

  hangup(): void {
    this.type('terminate');
  }

  async shows(pattern: RegExp): Promise<void> {
    try {
      await until(`linphone shows ${pattern}`, () => pattern.test(this.#shown), PATIENCE_MS);
    } catch (error) {
      throw new Error(`linphone does not show ${pattern}\n${this.#shown}`, { cause: error });
    }
  }

  async heard(): Promise<Int16Array> {
    const file = join(this.#folder, HEARD_FILE);
    const samples = readWav(await readFile(file));
    // It would write the next call behind this one.
    await rm(file);
    return samples;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.type('quit');
      const killer = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
      await once(this.#child, 'exit');
      clearTimeout(killer);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function configuration(options: LinphoneOptions, sipPort: number, tlsPort: number): string {
  const { srtp = false } = options;
  const { from, count } = RTP_PORTS;
  const rtpPort = from + 2 * Math.floor((Math.random() * count) / 2);
  return [
    '[sip]',
    ...[`sip_port=${sipPort}`, `sip_tcp_port=${sipPort}`, `sip_tls_port=${tlsPort}`],
    // The certificates of our tests are signed by nobody whom it knows.
    ...['verify_server_certs=0', 'verify_server_cn=0'],
    ...[`media_encryption=${srtp ? 'srtp' : 'none'}`, `media_encryption_mandatory=${srtp ? 1 : 0}`],
    '[rtp]',
    `audio_rtp_port=${rtpPort}`,
    '[net]',
    'firewall_policy=0',
    ...registration(options),
    '',
  ].join('\n');
}

function registration({ account, transport = 'udp' }: LinphoneOptions): string[] {
  if (!account) return [];
  const { registrar, username, password, realm } = account;
  const domain = registrar.replace(/:\d+$/, '');
  return [
    '[auth_info_0]',
    ...[`username=${username}`, `passwd=${password}`, `realm=${realm}`, `domain=${domain}`],
    '[proxy_0]',
    ...[
      `reg_proxy=<sip:${registrar};transport=${transport}>`,
      `reg_route=<sip:${registrar};transport=${transport}>`,
    ],
    ...[`reg_identity=sip:${username}@${registrar}`, `reg_expires=${REGISTER_SECONDS}`, 'reg_sendregister=1'],
  ];
}
