import { createHash } from 'node:crypto';
import {
  Kysely,
  type PostgresCursor,
  PostgresDialect,
  type PostgresPoolClient,
  type PostgresQueryResult,
  sql,
} from 'kysely';
import pg from 'pg';
import type { Logger } from '../../lib/logger.ts';
import type { Schema } from '../schema.ts';
import { StorageOpenError } from '../storage-open-error.ts';
import type { Engine } from './engine.ts';
import { EngineError, type EngineFailure } from './engine-error.ts';
import { postgresDueHeads } from './postgres-due-heads.ts';
import { postgresKnowledge } from './postgres-knowledge.ts';
import { storableParameter } from './storable-text.ts';

/** Connections of one exchange: enough to keep a small server busy, few enough for its default limit of 100. */
const POOL_SIZE = 10;
/** Milliseconds to wait for a connection before the request fails. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Statement texts that are prepared by name; texts beyond (a list of unusual length) go unnamed. */
const NAMED_STATEMENTS = 200;
/** Any number that other users of the database do not lock on: "offhook" has no claim to it but this line. */
const SCHEMA_LOCK = 7_203_411_926;
/** By this the sessions of all exchanges on a database are known. */
const APPLICATION_NAME = 'offhook';
const INT8_OID = 20;

/** SQLSTATE classes and codes (PostgreSQL appendix A) that mean more than "failed". */
const FAILURES: readonly (readonly [prefix: string, failure: EngineFailure])[] = [
  ['23505', 'unique'],
  ['53100', 'full'],
  ['55P03', 'busy'],
  ['40P01', 'busy'],
  ['XX001', 'corrupt'],
  ['XX002', 'corrupt'],
  ['08', 'lost'],
  ['57P', 'lost'],
];

function engineError(error: unknown): EngineError {
  const { message, code, constraint } = error as { message?: string; code?: string; constraint?: string };
  const text = message || String(code ?? error);
  if (!(error instanceof pg.DatabaseError)) return new EngineError('lost', text, { cause: error });
  const failure = FAILURES.find(([prefix]) => code?.startsWith(prefix))?.[1] ?? 'failed';
  return new EngineError(failure, text, { cause: error, index: constraint ?? '' });
}

/** Names for prepared statements, the same text always under the same name; preparing once doubles the rate of reads. */
class StatementNames {
  readonly #names = new Map<string, string>();

  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known || this.#names.size >= NAMED_STATEMENTS) return known;
    const name = `offhook_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    this.#names.set(text, name);
    return name;
  }
}

/** Milliseconds and counts stay below 2^53, so int8 is read as a number. */
const numberTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

function createPool(connectionString: string, logger: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: APPLICATION_NAME,
    types: numberTypes,
  });
  const report = (error: Error) => logger.warn({ err: error }, 'database connection lost');
  // A server that restarts breaks idle and busy connections alike; without a listener either would end the process.
  pool.on('error', report);
  pool.on('connect', (client) => {
    client.on('error', report);
  });
  return pool;
}

/** A pooled connection as Kysely wants it, with statements prepared by name and errors in our words. */
class NamingClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #names: StatementNames;

  constructor(client: pg.PoolClient, names: StatementNames) {
    this.#client = client;
    this.#names = names;
  }

  query<R>(text: string, values: ReadonlyArray<unknown>): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    query: string | PostgresCursor<R>,
    values: ReadonlyArray<unknown> = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof query !== 'string') throw new TypeError('rows are not streamed from PostgreSQL');
    return this.#run<R>(query, values);
  }

  release(): void {
    this.#client.release();
  }

  async #run<R>(text: string, values: ReadonlyArray<unknown>): Promise<PostgresQueryResult<R>> {
    // Without parameters it is begin, commit, rollback or DDL: nothing worth preparing.
    const name = values.length > 0 ? this.#names.nameOf(text) : undefined;
    try {
      const result = await this.#client.query({
        text,
        values: values.map(storableParameter),
        ...(name === undefined ? {} : { name }),
      });
      return {
        command: result.command as 'SELECT',
        rowCount: result.rowCount ?? 0,
        rows: result.rows as R[],
      };
    } catch (error) {
      throw engineError(error);
    }
  }
}

function kyselyOver(pool: pg.Pool): Kysely<Schema> {
  const names = new StatementNames();
  const connect = async () => {
    try {
      return new NamingClient(await pool.connect(), names);
    } catch (error) {
      throw engineError(error);
    }
  };
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: { connect, end: () => pool.end() } }) });
}

/** Where the database is, without the password that the address may hold. */
function placeOf(connectionString: string): string {
  const { host, port, database } = new pg.Client({ connectionString });
  return `${host.startsWith('/') ? host : `${host}:${port}`}, database ${database}`;
}

async function ensureTrigramIndex(logger: Logger, ...[tx]: Parameters<Engine['ensureNumberSearch']>) {
  await sql.raw('savepoint number_search').execute(tx);
  try {
    await sql.raw('create extension if not exists pg_trgm').execute(tx);
    await sql
      .raw('create index if not exists numbers_search on numbers using gin (search_text gin_trgm_ops)')
      .execute(tx);
  } catch (error) {
    // No right to make the extension, or it is not installed: the search is slower and as correct without.
    await sql.raw('rollback to savepoint number_search').execute(tx);
    logger.warn(
      { err: error },
      'numbers are searched without an index: the extension pg_trgm cannot be created',
    );
  }
  await sql.raw('release savepoint number_search').execute(tx);
}

function numberMatches(needle: string) {
  const pattern = `%${needle.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`numbers.search_text like ${pattern}`;
}

/**
 * PostgreSQL 15 or newer.
 * @param connectionString `postgresql://user:password@host:port/database`, or with `?host=/socket/folder`.
 * @throws {StorageOpenError} when it cannot be reached or refuses us.
 */
export async function openPostgres(connectionString: string, logger: Logger): Promise<Engine> {
  let pool: pg.Pool;
  let place = 'at the given address';
  try {
    place = placeOf(connectionString);
    pool = createPool(connectionString, logger);
  } catch (error) {
    throw new StorageOpenError('database-unreachable', 'The database URL cannot be read.', { cause: error });
  }
  const db = kyselyOver(pool);
  try {
    await sql`select 1`.execute(db);
  } catch (error) {
    await db.destroy();
    const reason = (error as Error).message.replaceAll('\n', ' ');
    throw new StorageOpenError('database-unreachable', `PostgreSQL (${place}) cannot be used: ${reason}.`, {
      cause: error,
    });
  }
  return {
    name: 'postgres',
    main: db,
    scans: db,
    serialType: 'bigserial',
    rowLocks: true,
    async defer(tx, query) {
      await tx.executeQuery(query);
    },
    async lockSchema(tx) {
      await sql`select pg_advisory_xact_lock(${SCHEMA_LOCK})`.execute(tx);
    },
    async otherSessions(tx) {
      const { rows } = await sql<{ sessions: number }>`
        select count(*) as sessions from pg_stat_activity
        where datname = current_database() and application_name = ${APPLICATION_NAME}
          and pid <> pg_backend_pid()`.execute(tx);
      return rows[0]?.sessions ?? 0;
    },
    ensureNumberSearch: (tx) => ensureTrigramIndex(logger, tx),
    numberMatches,
    knowledge: postgresKnowledge,
    dueHeads: postgresDueHeads,
    close: () => db.destroy(),
  };
}
