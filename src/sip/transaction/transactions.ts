import type { Logger } from '../../lib/logger.ts';
import { topVia } from '../message/headers.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { serialize } from '../message/serializer.ts';
import type { Source } from '../session/session.ts';
import { responseRoute } from '../transport/response-route.ts';
import { ClientTransaction, type ClientTransactionUser } from './client-transaction.ts';
import { DEFAULT_HALF_OPEN_LIMITS, HalfOpenInvites, type HalfOpenLimits } from './half-open-invites.ts';
import type { ReceivedRequest } from './received-request.ts';
import { ServerTransaction, sendAlong } from './server-transaction.ts';
import { isReliable, type TransactionContext } from './transaction-context.ts';
import { clientTransactionKey, mergeKey, serverTransactionKey } from './transaction-key.ts';

/** The layer above: what no transaction that exists takes. */
export interface TransactionUser {
  /** A request that is not a retransmission. Nothing has been stored for it. */
  onRequest(received: ReceivedRequest): void;
  /** An ACK that belongs to a 2xx, or to nothing. */
  onAck(received: ReceivedRequest): void;
}

/**
 * Server transactions kept at a time. A call has two, INVITE and BYE, and each lives about 32 s after its response: enough
 * for 1,000 calls a second, and at about 3 KiB each for some 200 MiB.
 */
const DEFAULT_MAX_SERVER_TRANSACTIONS = 64 * 1024;
/** Beyond the cap, requests inside dialogs are still served: overload sheds new calls, not those in progress. */
const IN_DIALOG_RESERVE = 1.25;

/** All transactions: finds the one that a message belongs to and makes new ones (RFC 3261 section 17). */
export class Transactions {
  readonly #context: TransactionContext;
  readonly #logger: Logger;
  readonly #user: TransactionUser;
  readonly #maxServer: number;
  readonly #halfOpen: HalfOpenInvites;
  readonly #servers = new Map<string, ServerTransaction>();
  /** Requests outside dialogs by what merged ones have in common; the value is the transaction's key. */
  readonly #initial = new Map<string, string>();
  readonly #clients = new Map<string, ClientTransaction>();
  /** Client transactions on connections, by peer, to be failed with them. */
  readonly #byConnection = new Map<string, Set<ClientTransaction>>();

  constructor(
    context: TransactionContext,
    user: TransactionUser,
    logger: Logger,
    limits: { servers?: number; halfOpen?: HalfOpenLimits } = {},
  ) {
    this.#context = context;
    this.#user = user;
    this.#logger = logger;
    this.#maxServer = limits.servers ?? DEFAULT_MAX_SERVER_TRANSACTIONS;
    this.#halfOpen = new HalfOpenInvites(limits.halfOpen ?? DEFAULT_HALF_OPEN_LIMITS);
  }

  get serverCount(): number {
    return this.#servers.size;
  }

  /** Part of the transactions outside dialogs that we keep at most, from 0 to 1. */
  get serverShare(): number {
    return Math.min(1, this.#servers.size / this.#maxServer);
  }

  /** INVITEs outside dialogs that wait for their final response. */
  get halfOpenCount(): number {
    return this.#halfOpen.total;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  receiveRequest(received: ReceivedRequest): void {
    const { method } = received.request;
    if (method === 'ACK') {
      this.#receiveAck(received);
      return;
    }
    const existing = this.#servers.get(serverTransactionKey(received, method));
    if (existing) existing.receiveRetransmission();
    else this.#user.onRequest(received);
  }

  /** A response that matches nothing is dropped: those to our INVITEs are awaited for 64 * T1 after the first 2xx. */
  receiveResponse(response: SipResponse, method: string): void {
    const branch = topVia(response)?.branch;
    const client = branch && this.#clients.get(clientTransactionKey(branch, method));
    if (client) client.receive(response);
    else this.#logger.debug({ status: response.status, method }, 'SIP response without a transaction');
  }

  /**
   * Makes the server transaction of a request.
   * @returns undefined when there are too many; the caller then answers with {@link respondStatelessly}.
   */
  serve(received: ReceivedRequest): ServerTransaction | undefined {
    const isInitial = received.toTag === undefined;
    const limit = isInitial ? this.#maxServer : this.#maxServer * IN_DIALOG_RESERVE;
    if (this.#servers.size >= limit) return undefined;
    const { method } = received.request;
    const isHalfOpen = isInitial && method === 'INVITE';
    const release = isHalfOpen ? this.#halfOpen.open(received.source.address) : undefined;
    if (isHalfOpen && !release) return undefined;
    const key = serverTransactionKey(received, method);
    const merged = isInitial ? mergeKey(received) : undefined;
    const transaction = new ServerTransaction(received, this.#context, () => {
      this.#servers.delete(key);
      if (merged !== undefined && this.#initial.get(merged) === key) this.#initial.delete(merged);
      release?.();
    });
    transaction.onFinal = release;
    this.#servers.set(key, transaction);
    if (merged !== undefined && !this.#initial.has(merged)) this.#initial.set(merged, key);
    return transaction;
  }

  /** Whether this new request is another copy, on another path, of one that is being served (RFC 3261 section 8.2.2.2). */
  isMerged(received: ReceivedRequest): boolean {
    return received.toTag === undefined && this.#initial.has(mergeKey(received));
  }

  /** The INVITE that a CANCEL means (RFC 3261 section 9.2). */
  findCancelled(cancel: ReceivedRequest): ServerTransaction | undefined {
    return this.#servers.get(serverTransactionKey(cancel, 'INVITE'));
  }

  respondStatelessly(received: ReceivedRequest, response: SipResponse): void {
    const route = responseRoute(received.via, received.source);
    sendAlong(this.#context, serialize(response), route, (error) =>
      this.#logger.debug({ error: error.message, status: response.status }, 'SIP response not sent'),
    );
  }

  /** Sends a request whose top Via has our branch. */
  request(request: SipRequest, destination: Source, user: ClientTransactionUser): ClientTransaction {
    const key = clientTransactionKey(topVia(request)?.branch ?? '', request.method);
    const transaction = new ClientTransaction(request, destination, this.#context, user, () => {
      this.#clients.delete(key);
      this.#leaveConnection(transaction);
    });
    this.#clients.set(key, transaction);
    this.#joinConnection(transaction);
    transaction.start();
    return transaction;
  }

  /** A connection is gone: requests under way on it have failed (RFC 3261 section 17.1.4). */
  connectionClosed(peer: Source, error: Error | undefined): void {
    const transactions = this.#byConnection.get(connectionKey(peer));
    if (!transactions) return;
    for (const transaction of [...transactions]) transaction.fail(error ?? new Error('connection closed'));
  }

  /** Drops everything without a word. */
  close(): void {
    for (const transaction of this.#servers.values()) transaction.abandon();
    for (const transaction of this.#clients.values()) transaction.abandon();
    this.#servers.clear();
    this.#initial.clear();
    this.#clients.clear();
    this.#byConnection.clear();
  }

  #receiveAck(received: ReceivedRequest): void {
    const invite = this.#servers.get(serverTransactionKey(received, 'INVITE'));
    if (!invite) {
      this.#user.onAck(received);
      return;
    }
    invite.onAck ??= (ack) => this.#user.onAck(ack);
    invite.receiveAck(received);
  }

  #joinConnection(transaction: ClientTransaction): void {
    if (!isReliable(transaction.destination)) return;
    const key = connectionKey(transaction.destination);
    const transactions = this.#byConnection.get(key);
    if (transactions) transactions.add(transaction);
    else this.#byConnection.set(key, new Set([transaction]));
  }

  #leaveConnection(transaction: ClientTransaction): void {
    if (!isReliable(transaction.destination)) return;
    const key = connectionKey(transaction.destination);
    const transactions = this.#byConnection.get(key);
    transactions?.delete(transaction);
    if (transactions?.size === 0) this.#byConnection.delete(key);
  }
}

function connectionKey(peer: Source): string {
  return `${peer.protocol} ${peer.address} ${peer.port}`;
}
