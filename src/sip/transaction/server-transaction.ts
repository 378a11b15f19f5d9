import type { Timer } from '../../lib/clock.ts';
import type { SipResponse } from '../message/message.ts';
import { serialize } from '../message/serializer.ts';
import type { Source } from '../session/session.ts';
import { responseRoute } from '../transport/response-route.ts';
import { type InviteServerEffect, type InviteServerInput, inviteServerTable } from './invite-server-table.ts';
import { Machine, type MachineTable } from './machine.ts';
import {
  type NonInviteServerEffect,
  type NonInviteServerInput,
  nonInviteServerTable,
} from './non-invite-server-table.ts';
import type { ReceivedRequest } from './received-request.ts';
import { isReliable, type TransactionContext } from './transaction-context.ts';
import { TransactionTimers } from './transaction-timers.ts';

type Input = InviteServerInput | NonInviteServerInput;
type Effect = InviteServerEffect | NonInviteServerEffect;

/** Sends a response along its route: the next hop is tried when the one before it is known to have failed. */
export function sendAlong(
  context: TransactionContext,
  bytes: Uint8Array,
  route: readonly Source[],
  onError: (error: Error) => void,
): void {
  const [first, ...rest] = route;
  if (!first) {
    onError(new Error('no way back to the sender'));
    return;
  }
  const next = () => sendAlong(context, bytes, rest, onError);
  // A connection that the peer made cannot be made again from here: its port there takes none.
  if (rest.length > 0 && isReliable(first) && !context.hasConnection(first)) next();
  else context.send(bytes, first, rest.length > 0 ? next : onError);
}

/**
 * A server transaction, INVITE or not (RFC 3261 section 17.2). It outlives its final response by 32 s and most of its calls
 * besides: of the request it keeps nothing but the way back.
 */
export class ServerTransaction {
  /** The ACK of a 2xx that came on the INVITE's own branch. */
  onAck: ((ack: ReceivedRequest) => void) | undefined;
  /** No ACK came for a final response other than 2xx (timer H). */
  onTimeout: (() => void) | undefined;
  onTransportError: ((error: Error) => void) | undefined;
  /** Its final response goes out. Let go of then. */
  onFinal: (() => void) | undefined;
  /** A CANCEL means it. Let go of with the final response, after which it has no effect (RFC 3261 section 9.2). */
  onCancel: ((cancel: ReceivedRequest) => void) | undefined;
  /** Tag in the To of its responses, which those to its CANCEL bear as well. */
  localTag: string | undefined;
  readonly #isInvite: boolean;
  readonly #context: TransactionContext;
  readonly #machine: Machine<string, Input, Effect>;
  readonly #timers: TransactionTimers;
  readonly #route: readonly Source[];
  readonly #onTerminated: () => void;
  #lastResponse: Uint8Array | undefined;
  #later: { timer: Timer; create: () => SipResponse } | undefined;
  #ack: ReceivedRequest | undefined;
  #error: Error | undefined;
  #isOver = false;

  constructor(received: ReceivedRequest, context: TransactionContext, onTerminated: () => void) {
    this.#context = context;
    this.#onTerminated = onTerminated;
    this.#route = responseRoute(received.via, received.source);
    this.#isInvite = received.request.method === 'INVITE';
    const table: MachineTable<string, Input, Effect> = this.#isInvite
      ? inviteServerTable
      : nonInviteServerTable;
    const initial = this.#isInvite ? 'proceeding' : 'trying';
    this.#machine = new Machine(table, initial, (effect) => this.#perform(effect));
    this.#timers = new TransactionTimers(context.clock, context.timers, isReliable(received.source), (name) =>
      this.#take(`timer-${name}` as Input),
    );
  }

  get state(): string {
    return this.#machine.state;
  }

  /** Sends a response, unless the transaction has sent its final one. A 2xx to an INVITE may be sent again and again. */
  respond(response: SipResponse): void {
    const input = this.#inputFor(response.status);
    if (!this.#machine.accepts(input)) return;
    this.#dropLater();
    if (response.status >= 200) {
      this.onFinal?.();
      this.onFinal = undefined;
      this.onCancel = undefined;
    }
    this.#lastResponse = serialize(response);
    this.#take(input);
  }

  /** Sends a response after this time, or once the request comes again, unless another one has gone out by then. */
  respondLater(delayMs: number, create: () => SipResponse): void {
    this.#dropLater();
    const timer = this.#context.clock.setTimeout(() => this.respond(create()), delayMs);
    this.#later = { timer, create };
  }

  /** The same request again. */
  receiveRetransmission(): void {
    if (this.#later) this.respond(this.#later.create());
    else this.#take('request');
  }

  receiveAck(ack: ReceivedRequest): void {
    this.#ack = ack;
    this.#take('ack');
    this.#ack = undefined;
  }

  /** Ends it without a word, for a stack that closes. */
  abandon(): void {
    this.#dropLater();
    this.#timers.stopAll();
  }

  #dropLater(): void {
    this.#context.clock.clearTimeout(this.#later?.timer);
    this.#later = undefined;
  }

  #inputFor(status: number): Input {
    if (status < 200) return 'send-1xx';
    return this.#isInvite && status < 300 ? 'send-2xx' : 'send-final';
  }

  #take(input: Input): void {
    this.#machine.take(input);
    if (this.#isOver || this.#machine.state !== 'terminated') return;
    this.#isOver = true;
    this.#dropLater();
    this.#timers.stopAll();
    this.#onTerminated();
  }

  #perform(effect: Effect): void {
    switch (effect) {
      case 'send':
      case 'resend':
        this.#send();
        break;
      case 'start-G':
        this.#timers.start('G');
        break;
      case 'restart-G':
        this.#timers.restart('G');
        break;
      case 'stop-G':
        this.#timers.stop('G');
        break;
      case 'start-H':
        this.#timers.start('H');
        break;
      case 'stop-H':
        this.#timers.stop('H');
        break;
      case 'start-I':
        this.#timers.start('I');
        break;
      case 'start-J':
        this.#timers.start('J');
        break;
      case 'start-L':
        this.#timers.start('L');
        break;
      case 'pass-ack':
        if (this.#ack) this.onAck?.(this.#ack);
        break;
      case 'inform-timeout':
        this.onTimeout?.();
        break;
      case 'inform-transport-error':
        this.onTransportError?.(this.#error ?? new Error('transport failed'));
        break;
    }
  }

  #send(): void {
    if (!this.#lastResponse) return;
    sendAlong(this.#context, this.#lastResponse, this.#route, (error) => {
      this.#error = error;
      this.#take('transport-error');
    });
  }
}
