import { Dialog } from '../dialog/dialog.ts';
import { headerValue } from '../message/headers.ts';
import type { HeaderLine, SipResponse } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import type { ClientTransaction } from '../transaction/client-transaction.ts';
import { type ProvenCredentials, provenCredentials } from './client-authentication.ts';
import { DialogChannel } from './dialog-channel.ts';
import type { InviteDraft } from './invite-request.ts';
import type { Source } from './session.ts';
import type { SessionContext } from './session-context.ts';

/** Forks of one INVITE that we follow and end one by one; more are left to time out. */
export const MAX_FORKS = 16;

/** The dialogs that one INVITE makes, one for each fork that responds (RFC 3261 sections 12.1.2 and 13.2.2). */
export class ForkChannels {
  readonly #context: SessionContext;
  readonly #invite: InviteDraft;
  /** By To tag. */
  readonly #early = new Map<string, DialogChannel>();
  #proven: ProvenCredentials | undefined;

  constructor(context: SessionContext, invite: InviteDraft) {
    this.#context = context;
    this.#invite = invite;
  }

  /** The INVITE goes out anew, with this authorization, and so do its dialogs. */
  restart(authorization: readonly HeaderLine[]): void {
    this.#early.clear();
    this.#proven = provenCredentials(this.#invite.credentials, authorization);
  }

  /** Our Contact towards who is called. */
  contactFor(destination: Source): HeaderLine {
    const { fromUser, uri } = this.#invite;
    return this.#context.sender.contactFor(destination, fromUser, uri.scheme === 'sips');
  }

  /** The early dialog of a provisional response; undefined where it makes none. */
  early(response: SipResponse, transaction: ClientTransaction): DialogChannel | undefined {
    const tag = tagOf(headerValue(response, 'To'));
    const known = tag === undefined ? undefined : this.#early.get(tag);
    if (known || this.#early.size >= MAX_FORKS) return known;
    const channel = this.#create(response, transaction);
    if (channel) this.#early.set(channel.dialog.remoteTag, channel);
    return channel;
  }

  /** The dialog of a 2xx: the early one of the same fork, confirmed, or a new one. */
  confirmed(response: SipResponse, transaction: ClientTransaction): DialogChannel | undefined {
    const early = this.#early.get(tagOf(headerValue(response, 'To')) ?? '');
    early?.dialog.confirm(response);
    return early ?? this.#create(response, transaction);
  }

  #create(response: SipResponse, transaction: ClientTransaction): DialogChannel | undefined {
    const dialog = Dialog.fromResponse(transaction.request, response);
    if (!dialog) return undefined;
    const { destination } = transaction;
    const contact = this.contactFor(destination);
    const channel = new DialogChannel(dialog, this.#context.sender, contact, this.#proven);
    channel.followDestination(destination, this.#invite.admits);
    return channel;
  }
}
