import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { silentLogger } from '../../src/lib/logger.ts';
import { Callee } from '../../src/phone/callee.ts';
import type { DialledCall } from '../../src/phone/dialled-call.ts';
import type { CalleeManner, ReceivedCall } from '../../src/phone/received-call.ts';
import { type IncomingReferral, SipRejection } from '../../src/sip/session/session.ts';
import { callsTool, type FakeAnswer, type FakeOpenAi } from './fake-openai.ts';
import { openRingingScene, type RingingNumber, type RingingScene } from './ringing-scene.ts';
import { assistant, customModel, modelFor } from './test-agents.ts';
import { until } from './until.ts';

const LIMIT_MS = 15_000;

/** What the record of a call says of one transfer. */
export interface TransferView {
  mode: string;
  status?: string;
  outcome?: string;
  sipStatus?: number;
  detail?: string;
  verb?: string;
  transcript?: string;
  messages?: { role: string; message?: string }[];
}

/** A call that its agent transfers as soon as it speaks. */
export interface TransferredCall {
  caller: DialledCall;
  number: RingingNumber;
  model: FakeOpenAi;
  operator: Callee;
  /** The call at the operator, once it is there. */
  atOperator(limitMs?: number): Promise<ReceivedCall>;
  /** What the record says of the transfer once the call has ended. */
  record(): Promise<{ transfer: TransferView; endedReason: string; statuses: unknown[] }>;
}

export interface TransferOrder {
  plan?: object;
  manner?: CalleeManner;
  /** Fields of the destination beside the plan; its `message` is empty unless given. */
  destination?: object;
  /** What the model says after the transfer came to nothing. */
  afterwards?: FakeAnswer[];
  assistant?: object;
  /** What the caller does when he is asked to call the operator himself; unset: he refuses. */
  onReferral?: (referral: IncomingReferral) => void;
  /** He calls the operator himself when he is asked to, at most for so long, and tells how it goes. Milliseconds. */
  callsItself?: { limitMs?: number; uris?: readonly string[] };
  /** Told once the agent has the call, before the transfer begins. */
  onAnswered?: () => void;
  /** Another telephone is the destination, which sends the call on to the operator. */
  redirects?: boolean;
}

/** An exchange and its telephones, for calls that are transferred. */
export class TransferScene {
  readonly ringing: RingingScene;

  private constructor(ringing: RingingScene) {
    this.ringing = ringing;
  }

  static async open(): Promise<TransferScene> {
    return new TransferScene(await openRingingScene());
  }

  close(): Promise<void> {
    return this.ringing.close();
  }

  /** An operator of one test, closed with it. */
  async operator(t: TestContext, manner: CalleeManner = { does: 'answer' }): Promise<Callee> {
    const operator = await Callee.open({
      bindAddress: '127.0.0.1',
      media: this.ringing.phone.media,
      logger: silentLogger,
      manner,
    });
    t.after(() => operator.close());
    return operator;
  }

  /** Calls an agent that transfers the caller at once by this plan. */
  async transfer(t: TestContext, order: TransferOrder = {}): Promise<TransferredCall> {
    const operator = await this.operator(t, order.manner);
    const contact = { name: 'Contact', value: `<${operator.uri('desk')}>` };
    const called = order.redirects
      ? await this.operator(t, { does: 'refuse', status: 302, headers: [contact] })
      : operator;
    const destination = {
      type: 'sip',
      sipUri: called.uri('desk'),
      message: '',
      ...order.destination,
      ...(order.plan && { transferPlan: order.plan }),
    };
    const answers = [callsTool('transferCall'), ...(order.afterwards ?? [])];
    const model = await modelFor(t, answers);
    const { id: assistantId } = await this.ringing.exchange.api<{ id: string }>(
      'POST',
      '/assistant',
      assistant({
        firstMessageMode: 'assistant-speaks-first-with-model-generated-message',
        model: customModel(model.url, [{ type: 'transferCall', destinations: [destination] }]),
        ...order.assistant,
      }),
    );
    const number = await this.ringing.number({ assistantId }, { json: {} });
    const caller = await number.dial({ from: '+14155550123' });
    t.after(() => caller.hangup());
    const { onReferral, callsItself } = order;
    if (onReferral) caller.onReferral = onReferral;
    if (callsItself)
      caller.onReferral = (referral) =>
        void this.#callInstead(
          referral,
          callsItself.uris ?? [called.uri('desk'), operator.uri('desk')],
          callsItself.limitMs,
        );
    await caller.answered;
    order.onAnswered?.();
    return {
      caller,
      number,
      model,
      operator,
      atOperator: (limitMs = LIMIT_MS) => operator.call(limitMs, 0),
      record: async () => {
        const call = await number.ended(LIMIT_MS);
        const { transfers } = call.artifact as unknown as { transfers?: TransferView[] };
        const [transfer] = transfers ?? [];
        assert.ok(transfer, 'the record tells of the transfer');
        const statuses = number.customer.all('status-update').map(({ message }) => message?.status);
        return { transfer, endedReason: String(call.endedReason), statuses };
      },
    };
  }

  /** What a telephone does that is referred: calls, goes on where it is sent on, and tells by NOTIFY how it goes. */
  async #callInstead(
    referral: IncomingReferral,
    uris: readonly string[],
    limitMs: number | undefined,
  ): Promise<void> {
    referral.accept();
    for (const uri of uris) {
      const call = await this.ringing.phone.dial(uri);
      const timer = limitMs === undefined ? undefined : setTimeout(() => call.cancel(), limitMs);
      try {
        await call.answered;
        referral.notify(200, '');
        await call.hangup();
        return;
      } catch (error) {
        if (!(error instanceof SipRejection)) throw error;
        if (error.status !== 302) referral.notify(error.status, '');
      } finally {
        clearTimeout(timer);
      }
    }
  }

  /** Waits until the caller was told something like this. */
  async said(number: RingingNumber, what: RegExp): Promise<void> {
    await until(
      `the caller is told ${what}`,
      async () => {
        const { messages = [] } = (await this.ringing.exchange.callTo(number.id))?.artifact ?? {};
        return messages.some(({ role, message }) => role === 'bot' && what.test(message));
      },
      LIMIT_MS,
    );
  }

  /** Waits until the record of a call that is up says this of its transfer. */
  async outcome(number: RingingNumber, wanted: string): Promise<void> {
    await until(
      `the transfer is ${wanted}`,
      async () => {
        const call = await this.ringing.exchange.callTo(number.id);
        const { transfers } = (call?.artifact ?? {}) as { transfers?: TransferView[] };
        return transfers?.[0]?.outcome === wanted;
      },
      LIMIT_MS,
    );
  }
}
