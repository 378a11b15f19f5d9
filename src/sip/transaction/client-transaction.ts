import type { SipRequest, SipResponse } from '../message/message.ts';
import { serialize } from '../message/serializer.ts';
import type { Source } from '../session/session.ts';
import { ackForRejection } from './hop-requests.ts';
import { type InviteClientEffect, type InviteClientInput, inviteClientTable } from './invite-client-table.ts';
import { Machine, type MachineTable } from './machine.ts';
import {
  type NonInviteClientEffect,
  type NonInviteClientInput,
  nonInviteClientTable,
} from './non-invite-client-table.ts';
import { isReliable, type TransactionContext } from './transaction-context.ts';
import { TransactionTimers } from './transaction-timers.ts';

type Input = InviteClientInput | NonInviteClientInput;
type Effect = InviteClientEffect | NonInviteClientEffect;

/** What the sender of a request wants to hear. */
export interface ClientTransactionUser {
  /** Each provisional response, the final one, and of an INVITE each 2xx. */
  onResponse(response: SipResponse): void;
  /** No final response (timer B or F): to be taken as a 408 (RFC 3261 section 8.1.3.1). */
  onTimeout(): void;
  /** To be taken as a 503 (RFC 3261 section 8.1.3.1). */
  onTransportError(error: Error): void;
}

/** A client transaction, INVITE or not (RFC 3261 section 17.1). */
export class ClientTransaction {
  readonly request: SipRequest;
  readonly destination: Source;
  readonly #context: TransactionContext;
  readonly #user: ClientTransactionUser;
  readonly #machine: Machine<string, Input, Effect>;
  readonly #timers: TransactionTimers;
  readonly #bytes: Uint8Array;
  readonly #onTerminated: () => void;
  readonly #isInvite: boolean;
  #response: SipResponse | undefined;
  #error: Error | undefined;
  #isOver = false;
  #isLimited = false;

  constructor(
    request: SipRequest,
    destination: Source,
    context: TransactionContext,
    user: ClientTransactionUser,
    onTerminated: () => void,
  ) {
    this.request = request;
    this.destination = destination;
    this.#context = context;
    this.#user = user;
    this.#onTerminated = onTerminated;
    this.#bytes = serialize(request);
    this.#isInvite = request.method === 'INVITE';
    const table: MachineTable<string, Input, Effect> = this.#isInvite
      ? inviteClientTable
      : nonInviteClientTable;
    this.#machine = new Machine(table, this.#isInvite ? 'calling' : 'trying', (effect) =>
      this.#perform(effect),
    );
    this.#timers = new TransactionTimers(context.clock, context.timers, isReliable(destination), (name) =>
      this.#take(`timer-${name}` as Input),
    );
  }

  get state(): string {
    return this.#machine.state;
  }

  /** Sends the request and sets the first timers (RFC 3261 sections 17.1.1.2 and 17.1.2.2). */
  start(): void {
    this.#timers.start(this.#isInvite ? 'A' : 'E');
    this.#timers.start(this.#isInvite ? 'B' : 'F');
    this.#send(this.#bytes);
  }

  receive(response: SipResponse): void {
    this.#response = response;
    if (response.status < 200) this.#take('response-1xx');
    else if (this.#isInvite && response.status < 300) this.#take('response-2xx');
    else this.#take('response-final');
  }

  /** The connection over which the request went has failed. */
  fail(error: Error): void {
    this.#error = error;
    this.#take('transport-error');
  }

  /** No final response is awaited any more: ends an INVITE whose CANCEL had no effect (RFC 3261 section 9.1). */
  giveUp(): void {
    this.#take('give-up');
  }

  /**
   * Waits for the final response of an INVITE no longer than 64 * T1 from now on, provisional ones or not: the session that it
   * would change has ended. What comes by then is still acknowledged.
   */
  limit(): void {
    this.#isLimited = true;
    if (this.#machine.state === 'proceeding') this.#timers.start('B');
  }

  /** Ends it without a word, for a stack that closes. */
  abandon(): void {
    this.#timers.stopAll();
  }

  #take(input: Input): void {
    this.#machine.take(input);
    if (this.#isOver || this.#machine.state !== 'terminated') return;
    this.#isOver = true;
    this.#timers.stopAll();
    this.#onTerminated();
  }

  #perform(effect: Effect): void {
    switch (effect) {
      case 'resend':
        this.#send(this.#bytes);
        break;
      case 'restart-A':
        this.#timers.restart('A');
        break;
      case 'restart-E':
        this.#timers.restart('E');
        break;
      case 'restart-E-at-T2':
        this.#timers.restartAtT2('E');
        break;
      case 'stop-A':
        this.#timers.stop('A');
        break;
      case 'stop-B':
        if (!this.#isLimited) this.#timers.stop('B');
        break;
      case 'stop-E':
        this.#timers.stop('E');
        break;
      case 'stop-F':
        this.#timers.stop('F');
        break;
      case 'start-D':
        this.#timers.start('D');
        break;
      case 'start-K':
        this.#timers.start('K');
        break;
      case 'start-M':
        this.#timers.start('M');
        break;
      case 'ack':
        if (this.#response) this.#send(serialize(ackForRejection(this.request, this.#response)));
        break;
      case 'pass':
        if (this.#response) this.#user.onResponse(this.#response);
        break;
      case 'inform-timeout':
        this.#user.onTimeout();
        break;
      case 'inform-transport-error':
        this.#user.onTransportError(this.#error ?? new Error('transport failed'));
        break;
    }
  }

  #send(bytes: Uint8Array): void {
    this.#context.send(bytes, this.destination, (error) => this.fail(error));
  }
}
