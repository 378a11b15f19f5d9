import type { CallMessage } from '../../domain/calls/call.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';
import { inWholeMilliseconds } from './call-messages.ts';
import type { ConversationEvent } from './conversation.ts';

/** Tells whoever listens what happens in a conversation. */
export class Reporter {
  readonly events = new Emitter<ConversationEvent>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  emit(event: ConversationEvent): void {
    try {
      this.events.emit(event);
    } catch (error) {
      // A fault of who listens must not reach the audio path.
      this.#logger.error({ error: String(error), event: event.type }, 'conversation event not taken');
    }
  }

  record(message: CallMessage): void {
    this.emit({ type: 'message', message: inWholeMilliseconds(message) });
  }

  warn(code: string, message: string): void {
    this.#logger.warn({ code }, message);
    this.emit({ type: 'warning', code, message });
  }

  /** A fault of ours that ends nothing. */
  fault(error: unknown): void {
    this.#logger.error({ error: String(error) }, 'conversation failed');
  }
}
