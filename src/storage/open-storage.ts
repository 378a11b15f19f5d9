import { mkdir, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sql } from 'kysely';
import type { AgentRepository } from '../domain/agents/agent-repository.ts';
import type { CallRepository } from '../domain/calls/call-repository.ts';
import type { OutboundOrderRepository } from '../domain/calls/outbound-order-repository.ts';
import type { CredentialRepository } from '../domain/credentials/credential-repository.ts';
import type { DeliveryRepository } from '../domain/deliveries/delivery-repository.ts';
import type { KnowledgeRepository, ScenarioRepository } from '../domain/knowledge/knowledge-repository.ts';
import type { LeaseRepository } from '../domain/lease-repository.ts';
import type { PhoneNumber } from '../domain/numbers/number.ts';
import type { NumberRepository } from '../domain/numbers/number-repository.ts';
import type { StoredDestinationRepository } from '../domain/numbers/stored-destination-repository.ts';
import type { DialUsageRepository } from '../domain/orgs/dial-usage-repository.ts';
import type { OrgRepository } from '../domain/orgs/org-repository.ts';
import type { PartRepository } from '../domain/parts/part-repository.ts';
import type { SquadRepository } from '../domain/squads/squad-repository.ts';
import type { ToolRepository } from '../domain/tools/tool-repository.ts';
import type { TrunkRepository } from '../domain/trunks/trunk-repository.ts';
import type { Clock } from '../lib/clock.ts';
import type { Emitter } from '../lib/emitter.ts';
import type { Logger } from '../lib/logger.ts';
import { Database } from './database.ts';
import type { Engine } from './engines/engine.ts';
import { EngineError } from './engines/engine-error.ts';
import { openPostgres } from './engines/postgres.ts';
import { IN_MEMORY, openSqlite } from './engines/sqlite.ts';
import { migrate } from './migrations/migrate.ts';
import { SqlAgentRepository } from './repositories/sql-agent-repository.ts';
import { SqlCallRepository } from './repositories/sql-call-repository.ts';
import { SqlCredentialRepository } from './repositories/sql-credential-repository.ts';
import { SqlDeliveryRepository } from './repositories/sql-delivery-repository.ts';
import { SqlDialUsageRepository } from './repositories/sql-dial-usage-repository.ts';
import { SqlKnowledgeRepository } from './repositories/sql-knowledge-repository.ts';
import { SqlLeaseRepository } from './repositories/sql-lease-repository.ts';
import { SqlNumberRepository } from './repositories/sql-number-repository.ts';
import { SqlOrgRepository } from './repositories/sql-org-repository.ts';
import { SqlOutboundOrderRepository } from './repositories/sql-outbound-order-repository.ts';
import { SqlPartRepository } from './repositories/sql-part-repository.ts';
import { SqlScenarioRepository } from './repositories/sql-scenario-repository.ts';
import { SqlSquadRepository } from './repositories/sql-squad-repository.ts';
import { SqlStoredDestinationRepository } from './repositories/sql-stored-destination-repository.ts';
import { SqlToolRepository } from './repositories/sql-tool-repository.ts';
import { SqlTrunkRepository } from './repositories/sql-trunk-repository.ts';
import { DocumentCodec } from './secrets/document-codec.ts';
import { unlockSecrets } from './secrets/unlock-secrets.ts';
import { StorageOpenError } from './storage-open-error.ts';

const DATABASE_FILE = 'offhook.db';
/** Transcripts are nobody else's business on a shared machine. */
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

export interface StorageOptions {
  /** Folder of the SQLite database and of the secret key; made where it is missing. `:memory:` keeps all in memory. */
  dataDir: string;
  /** PostgreSQL instead of SQLite. */
  databaseUrl?: string | undefined;
  /** Key of the stored secrets; unset: `secret.key` in the data folder, made on the first start. */
  secretKey?: string | undefined;
  /** How long a statement waits for the lock of another process, in milliseconds (SQLite). */
  busyTimeoutMs?: number | undefined;
  clock: Clock;
  logger: Logger;
}

/**
 * Everything that outlives the process. Each write is on disk when its promise resolves. Where the database fails
 * (full disk, lost connection) calls reject with an ExchangeError `storage-failed`, and work again once it recovers.
 */
export interface Storage {
  readonly engine: Engine['name'];
  readonly numbers: NumberRepository;
  readonly agents: AgentRepository;
  readonly credentials: CredentialRepository;
  readonly trunks: TrunkRepository;
  readonly orgs: OrgRepository;
  readonly calls: CallRepository;
  readonly squads: SquadRepository;
  readonly tools: ToolRepository;
  readonly parts: PartRepository;
  readonly knowledge: KnowledgeRepository;
  readonly scenarios: ScenarioRepository;
  readonly destinations: StoredDestinationRepository;
  readonly deliveries: DeliveryRepository;
  /** Told after each write of this process that is on disk: id of the credential that was written or removed. */
  readonly credentialChanged: Emitter<string>;
  /** As it was written; not told of numbers that are removed. */
  readonly numberChanged: Emitter<PhoneNumber>;
  readonly outboundOrders: OutboundOrderRepository;
  readonly dialUsage: DialUsageRepository;
  readonly leases: LeaseRepository;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** Waits for what was asked before; whatever is asked after fails with `storage-failed`. */
  close(): Promise<void>;
}

function unusable(dataDir: string, error: unknown): StorageOpenError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new StorageOpenError(
    'data-dir-unusable',
    `The data folder ${dataDir} cannot be used: ${code ?? message}.`,
    {
      cause: error,
    },
  );
}

async function prepareFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: OWNER_ONLY_FOLDER });
  } catch (error) {
    throw unusable(dataDir, error);
  }
}

/** Makes the file before SQLite does, which would let everybody read it; its side files inherit the mode. */
async function prepareFile(dataDir: string): Promise<string> {
  const path = join(dataDir, DATABASE_FILE);
  try {
    const file = await open(path, 'a', OWNER_ONLY_FILE);
    await file.close();
  } catch (error) {
    throw unusable(dataDir, error);
  }
  return path;
}

/** The database alone: no schema, no secrets. @throws {StorageOpenError} */
export async function openEngine({
  dataDir,
  databaseUrl,
  busyTimeoutMs,
  logger,
}: StorageOptions): Promise<Engine> {
  if (databaseUrl) return openPostgres(databaseUrl, logger);
  return openSqlite(dataDir === IN_MEMORY ? IN_MEMORY : await prepareFile(dataDir), busyTimeoutMs);
}

/** What the operator is told of an error that the database gave while it was opened. */
export function startError(engine: Engine, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const reason = error.message.replaceAll('\n', ' ');
  if (error.failure === 'busy')
    return new StorageOpenError('database-locked', `The database is locked by another process: ${reason}.`, {
      cause: error,
    });
  if (error.failure === 'corrupt')
    return new StorageOpenError('database-corrupt', `The database is damaged: ${reason}.`, { cause: error });
  return new StorageOpenError(
    'database-failed',
    `The database (${engine.name}) failed at start: ${reason}.`,
    {
      cause: error,
    },
  );
}

/**
 * Opens the database, brings its schema up to date and unlocks its secrets.
 * @throws {StorageOpenError} with one line for the operator.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const dataDir = options.dataDir === IN_MEMORY ? IN_MEMORY : resolve(options.dataDir);
  if (dataDir !== IN_MEMORY) await prepareFolder(dataDir);
  const engine = await openEngine({ ...options, dataDir });
  try {
    await migrate(engine, options);
    const box = await unlockSecrets(engine, {
      given: options.secretKey,
      dataDir: dataDir === IN_MEMORY ? undefined : dataDir,
      logger: options.logger,
    });
    const codec = new DocumentCodec(box);
    const database = new Database(engine, options);
    const deliveries = new SqlDeliveryRepository(database, codec);
    const credentials = new SqlCredentialRepository(database, codec);
    const numbers = new SqlNumberRepository(database, codec);
    const calls = new SqlCallRepository(database, codec, deliveries);
    return {
      engine: engine.name,
      numbers,
      agents: new SqlAgentRepository(database, codec),
      credentials,
      trunks: new SqlTrunkRepository(database, credentials),
      orgs: new SqlOrgRepository(database, codec),
      calls,
      squads: new SqlSquadRepository(database, codec),
      tools: new SqlToolRepository(database, codec),
      parts: new SqlPartRepository(database, codec),
      knowledge: new SqlKnowledgeRepository(database, codec),
      scenarios: new SqlScenarioRepository(database, codec),
      destinations: new SqlStoredDestinationRepository(database, codec),
      deliveries,
      credentialChanged: credentials.changed,
      numberChanged: numbers.changed,
      outboundOrders: new SqlOutboundOrderRepository(database, codec, calls, options.logger),
      dialUsage: new SqlDialUsageRepository(database),
      leases: new SqlLeaseRepository(database),
      async ping() {
        await database.point((db) => sql`select 1`.execute(db));
      },
      close: () => database.close(),
    };
  } catch (error) {
    await engine.close();
    throw startError(engine, error);
  }
}
