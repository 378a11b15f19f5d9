import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto';
import type { EncryptionPlan } from '../../domain/credentials/authentication-plan.ts';

/** What OAEP with SHA-256 takes of a block (RFC 8017 section 7.1.1: two hashes and two bytes). */
const OAEP_OVERHEAD_BYTES = 66;
/** Longest value that is encrypted, in bytes: far more than any number or name, little enough to take no time. */
const MAX_VALUE_BYTES = 64 * 1024;
/** Where a tool's arguments stand in a message, as this vendor and OpenAI name them. */
const ARGUMENT_KEYS: ReadonlySet<string> = new Set(['arguments', 'parameters']);
/** Lists of the message whose entries are tool calls. */
const CALL_LISTS = ['toolCallList', 'toolCalls'];
/** The list whose entries are a tool and its call. */
const TOOL_LIST = 'toolWithToolCallList';

type Json = Record<string, unknown>;

/**
 * The body with the values at `paths` replaced by base64 ciphertext. A path such as `payment.cardNumber` is looked for
 * in the arguments of each tool call and from the top of the body; dots reach into objects and lists. A text is
 * encrypted as it is, any other value as its JSON. Values over one RSA block become several blocks, one behind the
 * other, so each value that fits one block is exactly what RSA-OAEP-256 alone gives.
 * @throws {Error} when a value is too long to encrypt: it must not leave in clear instead.
 */
export function encryptedBody(body: string, paths: readonly string[], plan: EncryptionPlan): string {
  const message: unknown = JSON.parse(body);
  const key = createPublicKey(plan.publicKey.pem);
  const routes = paths.map((path) => path.replace(/^\$\./, '').split('.'));
  const encryptIn = (root: unknown): void => {
    for (const route of routes) encryptAt(root, route, key);
  };
  for (const holder of argumentHolders(message)) {
    for (const name of Object.keys(holder).filter((name) => ARGUMENT_KEYS.has(name)))
      holder[name] = withParsed(holder[name], encryptIn);
  }
  encryptIn(message);
  return JSON.stringify(message);
}

/** Every object that has a tool's arguments as a member. */
function* argumentHolders(body: unknown): Generator<Json> {
  const message = isObject(body) && isObject(body.message) ? body.message : {};
  const entries = (list: string) => (Array.isArray(message[list]) ? message[list] : []);
  const calls: unknown[] = [
    ...CALL_LISTS.flatMap(entries),
    // Beside each of these calls stands the tool itself, whose `parameters` are a schema.
    ...entries(TOOL_LIST).map((entry) => entry?.toolCall),
  ];
  for (const call of calls.filter(isObject)) {
    yield call;
    if (isObject(call.function)) yield call.function;
  }
}

/** Some readers want the arguments as JSON text: they stay text. */
function withParsed(value: unknown, change: (parsed: unknown) => void): unknown {
  if (typeof value !== 'string') {
    change(value);
    return value;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    // No JSON, so no path leads anywhere in it.
    return value;
  }
  change(parsed);
  return JSON.stringify(parsed);
}

function encryptAt(root: unknown, [step = '', ...rest]: readonly string[], key: KeyObject): void {
  if (typeof root !== 'object' || root === null || !Object.hasOwn(root, step)) return;
  const holder = root as Json;
  const value = holder[step];
  if (rest.length > 0) encryptAt(value, rest, key);
  // The same value may be met twice, once from the arguments and once from the top.
  else if (!(value instanceof Ciphertext)) holder[step] = new Ciphertext(encrypt(value, key));
}

/** Marks what is encrypted already. */
class Ciphertext {
  readonly #base64: string;

  constructor(base64: string) {
    this.#base64 = base64;
  }

  toJSON(): string {
    return this.#base64;
  }
}

function encrypt(value: unknown, key: KeyObject): string {
  const clear = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  if (clear.length > MAX_VALUE_BYTES)
    throw new Error(`a value of encryptedPaths is longer than ${MAX_VALUE_BYTES} bytes`);
  const blockBytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8) - OAEP_OVERHEAD_BYTES;
  if (blockBytes < 1) throw new Error('the public key of the encryptionPlan is too short');
  const blocks: Buffer[] = [];
  // An empty value has one block, too.
  for (let at = 0; at === 0 || at < clear.length; at += blockBytes) {
    const block = clear.subarray(at, at + blockBytes);
    blocks.push(publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, block));
  }
  return Buffer.concat(blocks).toString('base64');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
