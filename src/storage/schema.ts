import type { Generated } from 'kysely';

/**
 * The tables as both engines have them: text, whole numbers and JSON kept as text. Instants are milliseconds since
 * the epoch. `doc` is the whole domain object, written by the document codec; the other columns repeat what is
 * searched, sorted or kept unique and are never read back.
 */
export interface Schema {
  meta: MetaTable;
  schema_migrations: MigrationTable;
  orgs: OrgTable;
  api_keys: ApiKeyTable;
  agents: AgentTable;
  credentials: CredentialTable;
  trunk_networks: TrunkNetworkTable;
  numbers: NumberTable;
  calls: CallTable;
  call_events: CallEventTable;
  squads: OwnedTable;
  tools: OwnedTable;
  parts: PartTable;
  scenarios: OwnedTable;
  knowledge_documents: OwnedTable;
  transfer_destinations: OwnedTable;
  knowledge_passages: KnowledgePassageTable;
  deliveries: DeliveryTable;
  delivery_endpoints: DeliveryEndpointTable;
  outbound_orders: OutboundOrderTable;
  dial_usage: DialUsageTable;
  leases: LeaseTable;
}

interface MetaTable {
  key: string;
  value: string;
}

interface MigrationTable {
  number: number;
  name: string;
  applied_at: number;
}

interface OrgTable {
  id: string;
  created_at: number;
  doc: string;
}

interface ApiKeyTable {
  id: string;
  org_id: string;
  /** SHA-256 of the key in hex. */
  hash: string;
  prefix: string;
  created_at: number;
  revoked_at: number | null;
  doc: string;
}

/** What every object of an org has. */
export interface OwnedTable {
  id: string;
  org_id: string;
  created_at: number;
  updated_at: number;
  doc: string;
}

/** The parts that an agent refers to, for finding the agents of a part. */
export interface AgentTable extends OwnedTable {
  prompt_id: string | null;
  voice_id: string | null;
  webhook_id: string | null;
  vector_database_id: string | null;
}

export interface CredentialTable extends OwnedTable {
  provider: string;
}

/** The networks that calls of a trunk come from, for finding the trunks of a peer's address. */
interface TrunkNetworkTable {
  /** Such as `192.0.2.0/24`. */
  network: string;
  credential_id: string;
}

export interface PartTable extends OwnedTable {
  kind: string;
}

/** A document cut into pieces that are found and read by themselves. */
interface KnowledgePassageTable {
  /** Ties a row to its entry in the search index; in a document it follows the text. */
  serial: Generated<number>;
  document_id: string;
  org_id: string;
  title: string;
  text: string;
}

export interface NumberTable extends OwnedTable {
  /** Ties a row to its entry in the search index. */
  serial: Generated<number>;
  address: string | null;
  /** Within which `address` is unique: a trunk's credential, or the whole exchange. */
  address_scope: string;
  /** User part of the SIP URI in lower case; unique over the exchange. */
  sip_user: string | null;
  credential_id: string | null;
  /** The agent that it is bound to. */
  agent_id: string | null;
  /** Name, address and SIP URI, folded for the search. */
  search_text: string;
}

export interface CallTable extends OwnedTable {
  status: string;
  agent_id: string | null;
  number_id: string | null;
  /** Sequence number of the call's latest event. */
  last_seq: number;
}

interface CallEventTable {
  call_id: string;
  seq: number;
  org_id: string;
  doc: string;
}

/** Not a document: the body is long and is read and written by itself. */
export interface DeliveryTable {
  /** Order of writing. */
  seq: Generated<number>;
  id: string;
  org_id: string;
  stream_id: string;
  call_id: string | null;
  type: string;
  url: string;
  /** Key of org and URL: an index over URLs would be as large as they are. */
  endpoint: string;
  status: string;
  /** Set for the first unsettled delivery of its stream to its endpoint only; of a leased one the lease's end. */
  due_at: number | null;
  lease_owner: string | null;
  created_at: number;
  updated_at: number;
  delivered_at: number | null;
  replayed_at: number | null;
  /** The server, written by the document codec. */
  server: string;
  body: string;
  /** JSON list. */
  attempts: string;
}

/** Calls that are to be placed later. */
interface OutboundOrderTable {
  call_id: string;
  org_id: string;
  due_at: number;
  doc: string;
}

/** Minutes of outbound legs. */
interface DialUsageTable {
  org_id: string;
  /** Of UTC, as `2026-11-25`. */
  day: string;
  minutes: number;
}

export interface DeliveryEndpointTable {
  /** As in `deliveries.endpoint`. */
  key: string;
  org_id: string;
  updated_at: number;
  paused_until: number | null;
  doc: string;
}

/** What one process at a time does, and which one. */
interface LeaseTable {
  name: string;
  holder: string;
  expires_at: number;
}
