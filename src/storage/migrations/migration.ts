import type { Transaction } from 'kysely';
import type { Engine } from '../engines/engine.ts';
import type { Schema } from '../schema.ts';

/** One step of the schema, forward only. A step that was released is never changed; the next one corrects it. */
export interface Migration {
  /** 1, 2, 3 ... without gaps. */
  readonly number: number;
  readonly name: string;
  up(tx: Transaction<Schema>, engine: Pick<Engine, 'serialType'>): Promise<void>;
}
