import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SAMPLE_RATE_HZ } from '../../src/media/media-session.ts';
import { freeTcpPort, freeTcpPortPair } from './free-tcp-port.ts';
import { NetstringReader, netstring } from './netstrings.ts';
import { peerProgram } from './peers.ts';
import { CA_PATH, CERT, KEY } from './test-certificate.ts';
import { until } from './until.ts';
import { readWav, wavOf } from './wav.ts';

const HOST = '127.0.0.1';
/** What baresip plays where a test says nothing of it: silence, longer than any test. */
const SILENCE_SECONDS = 60;
/** Files of what it has heard, as its module sndfile names them. */
const HEARD_FILE = /-dec\.wav$/;
/** RTP ports of baresip, away from those of the exchange and of the test telephone. */
const RTP_PORTS = '32000-32999';
/** How long baresip may take to come up, to answer a command, or to go, in milliseconds. */
const PATIENCE_MS = 5_000;
const USER = 'interop';
const REGISTER_SECONDS = 60;
const MODULES = '/usr/lib/baresip/modules';
/** It takes certificate and key from one file, and listens for TLS one port above. */
const IDENTITY_FILE = 'identity.pem';
const TLS_PORT_OFFSET = 1;
/** As its accounts name the codecs. */
const CODEC_NAMES = { PCMU: 'PCMU', PCMA: 'PCMA', G722: 'G722/16000/1', opus: 'opus/48000/2' } as const;

export interface BaresipOptions {
  codec: 'PCMU' | 'PCMA' | 'G722' | 'opus';
  transport?: 'udp' | 'tcp' | 'tls';
  /** SRTP with keys in the SDP: as a choice beside plain RTP, or alone. Unset: plain RTP. */
  srtp?: 'srtp' | 'srtp-mand';
  credentials?: { username: string; password: string };
  /** User part of its address. Unset: `interop`. */
  user?: string;
  /** `host:port` where it registers, by the transport and as the user above, and through which it calls. */
  registrar?: string;
  /** Takes every call that comes, at once. */
  answers?: boolean;
  /** More calls at a time get 486. Unset: its own default. */
  maxCalls?: number;
  /** What it plays to the other side, at 8 kHz. Unset: silence. */
  plays?: Int16Array;
  /** Keeps what it hears, for `heard`. */
  records?: boolean;
}

/** One event as baresip tells it on its control connection. */
export interface BaresipEvent {
  type: string;
  /** The Call-ID, on events of a call. */
  id?: string;
  param?: string;
}

interface Answer {
  token: string;
  ok: boolean;
  data: string;
}

/** A baresip without sound card, driven over its control connection. */
export interface Baresip {
  /** Where it is called. */
  readonly uri: string;
  /** Of the transport that it was told to speak. */
  readonly port: number;
  dial(uri: string): Promise<void>;
  /** Presses one key in the call that is up: a telephone-event (RFC 4733). */
  press(key: string): Promise<void>;
  hold(): Promise<void>;
  resume(): Promise<void>;
  /** Says BYE, or CANCEL before the answer. */
  hangup(): Promise<void>;
  /** The first event of this type, also one that has come already. @throws with baresip's output where none comes. */
  event(type: string, limitMs?: number): Promise<BaresipEvent>;
  /** What it has heard in its last call, once that is over. At 8 kHz; it must have been told to record. */
  heard(): Promise<Int16Array>;
  /** Ends it; its files are removed. */
  close(): Promise<void>;
}

export async function startBaresip(options: BaresipOptions): Promise<Baresip> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-baresip-'));
  const [controlPort, sipPort] = await Promise.all([freeTcpPort(), freeTcpPortPair()]);
  await Promise.all([
    writeFile(join(folder, 'config'), configuration(options, folder, controlPort, sipPort)),
    writeFile(join(folder, 'accounts'), account(options)),
    writeFile(join(folder, 'contacts'), ''),
    writeFile(join(folder, 'playing.wav'), wavOf(options.plays ?? silence())),
    writeFile(join(folder, IDENTITY_FILE), `${CERT}\n${KEY}`),
  ]);
  const child = spawn(peerProgram('baresip'), ['-4', '-f', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = new Output(child);
  try {
    const socket = await until(
      `baresip listens on port ${controlPort}`,
      () => connection(controlPort),
      PATIENCE_MS,
    );
    const { transport = 'udp', user = USER } = options;
    const port = transport === 'tls' ? sipPort + TLS_PORT_OFFSET : sipPort;
    const uri = `sip:${user}@${HOST}:${port};transport=${transport}`;
    return new ControlledBaresip(uri, port, folder, child, socket, output);
  } catch (error) {
    await end(child);
    await rm(folder, { recursive: true, force: true });
    throw new Error(`baresip did not start\n${output.tail}`, { cause: error });
  }
}

class ControlledBaresip implements Baresip {
  readonly uri: string;
  readonly port: number;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #output: Output;
  readonly #events: BaresipEvent[] = [];
  readonly #answers = new Map<string, Answer>();
  #commands = 0;

  constructor(
    uri: string,
    port: number,
    folder: string,
    child: ChildProcess,
    socket: Socket,
    output: Output,
  ) {
    this.uri = uri;
    this.port = port;
    this.#folder = folder;
    this.#child = child;
    this.#socket = socket;
    this.#output = output;
    const reader = new NetstringReader();
    socket.on('data', (bytes) => {
      for (const content of reader.push(bytes)) this.#take(JSON.parse(content));
    });
    // It resets the connection when it goes; a command that it did not answer fails by itself.
    socket.on('error', () => {});
  }

  async dial(uri: string): Promise<void> {
    await this.#command('dial', uri);
  }

  async press(key: string): Promise<void> {
    await this.#command('sndcode', key);
  }

  async hold(): Promise<void> {
    await this.#command('hold');
  }

  async resume(): Promise<void> {
    await this.#command('resume');
  }

  async hangup(): Promise<void> {
    await this.#command('hangup');
  }

  async event(type: string, limitMs = PATIENCE_MS): Promise<BaresipEvent> {
    try {
      return await until(
        `baresip tells of ${type}`,
        () => this.#events.find((event) => event.type === type),
        limitMs,
      );
    } catch (error) {
      throw new Error(`baresip told of no ${type}\n${this.#output.tail}`, { cause: error });
    }
  }

  async heard(): Promise<Int16Array> {
    const names = (await readdir(this.#folder)).filter((name) => HEARD_FILE.test(name)).sort();
    const last = names.at(-1);
    if (last === undefined) throw new Error(`baresip has kept nothing\n${this.#output.tail}`);
    return readWav(await readFile(join(this.#folder, last)));
  }

  async close(): Promise<void> {
    this.#socket.write(netstring(JSON.stringify({ command: 'quit' })));
    await end(this.#child);
    this.#socket.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #command(command: string, params?: string): Promise<void> {
    this.#commands += 1;
    const token = String(this.#commands);
    this.#socket.write(netstring(JSON.stringify({ command, params, token })));
    const answer = await until(`baresip answers ${command}`, () => this.#answers.get(token), PATIENCE_MS);
    if (!answer.ok) throw new Error(`baresip could not ${command}: ${answer.data}\n${this.#output.tail}`);
  }

  #take(message: (BaresipEvent & { event: true }) | (Answer & { response: true })): void {
    if ('event' in message) this.#events.push(message);
    else this.#answers.set(message.token, message);
  }
}

/** What baresip prints, for the message of a test that fails. */
class Output {
  #text = '';

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (part) => {
        this.#text = (this.#text + part).slice(-8_000);
      });
    }
  }

  get tail(): string {
    return this.#text.slice(-2_000);
  }
}

function configuration(
  { records = false, maxCalls }: BaresipOptions,
  folder: string,
  controlPort: number,
  sipPort: number,
): string {
  const recorder = records ? ['sndfile'] : [];
  const modules = ['g711', 'g722', 'opus', 'srtp', 'aufile', ...recorder].map((name) => `module ${name}.so`);
  const applications = ['menu', 'ctrl_tcp'].map((name) => `module_app ${name}.so`);
  return [
    ...[
      `sip_listen ${HOST}:${sipPort}`,
      `net_interface ${HOST}`,
      `sip_certificate ${join(folder, IDENTITY_FILE)}`,
      `sip_cafile ${CA_PATH}`,
      `rtp_ports ${RTP_PORTS}`,
      'rtcp_enable yes',
      ...(maxCalls === undefined ? [] : [`call_max_calls ${maxCalls}`]),
    ],
    ...[
      `audio_source aufile,${join(folder, 'playing.wav')}`,
      `ausrc_srate ${SAMPLE_RATE_HZ}`,
      'ausrc_channels 1',
      `snd_path ${folder}`,
    ],
    ...[`module_path ${MODULES}`, ...modules, 'module_tmp account.so', ...applications],
    ...[`ctrl_tcp_listen ${HOST}:${controlPort}`, ''],
  ].join('\n');
}

function account({
  codec,
  transport = 'udp',
  credentials,
  answers,
  srtp,
  user = USER,
  registrar,
}: BaresipOptions): string {
  const login = credentials ? `;auth_user=${credentials.username};auth_pass=${credentials.password}` : '';
  const mode = answers ? ';answermode=auto' : '';
  const encryption = srtp ? `;mediaenc=${srtp}` : '';
  const address = `<sip:${user}@${registrar ?? HOST};transport=${transport}>`;
  return `${address};regint=${registrar ? REGISTER_SECONDS : 0};audio_codecs=${CODEC_NAMES[codec]}${mode}${encryption}${login}\n`;
}

function silence(): Int16Array {
  return new Int16Array(SILENCE_SECONDS * SAMPLE_RATE_HZ);
}

/** @returns undefined where nothing listens yet. */
function connection(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

/** Waits until the process is gone, and kills it where it does not go by itself. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const killer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await once(child, 'exit');
  clearTimeout(killer);
}
