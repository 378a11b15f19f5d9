import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParseResult, parseMessage } from '../../src/sip/message/parser.ts';
import { specsDir } from '../support/specs.ts';

/** What must become of a message: taken on, answered with this status, or dropped in silence. */
export type Outcome = 'accepted' | 'dropped' | number;

export interface SipMessageCase {
  file: string;
  /** Section of the RFC that describes it. */
  section: string;
  outcome: Outcome;
  /** Why the RFC leaves this outcome to us, or which layer above the parser has the last word. */
  note?: string;
}

/** @returns undefined without the specifications; their absence is an error in CI. */
export function sipMessageFolder(name: 'rfc4475' | 'rfc5118'): string | undefined {
  const folder = specsDir();
  return folder === undefined ? undefined : join(folder, 'data', name);
}

export function readSipMessage(folder: string, file: string): Buffer {
  return readFileSync(join(folder, file));
}

export function outcomeOf(bytes: Uint8Array): { outcome: Outcome; result: ParseResult } {
  const result = parseMessage(bytes);
  return { outcome: result.ok ? 'accepted' : (result.status ?? 'dropped'), result };
}
