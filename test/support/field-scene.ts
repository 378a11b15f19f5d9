import type { TestContext } from 'node:test';
import type { Agent } from '../../src/domain/agents/agent.ts';
import type { Call } from '../../src/domain/calls/call.ts';
import type { PhoneNumber } from '../../src/domain/numbers/number.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import type { FakeAnswer, FakeOpenAi } from './fake-openai.ts';
import { openRingingScene, type RingingNumber, type RingingScene } from './ringing-scene.ts';
import { assistant, customModel, modelFor } from './test-agents.ts';
import { until } from './until.ts';

/** A ringing scene whose agents and numbers get fields that no one API writes alone, straight into its store. */
export interface FieldScene extends RingingScene {
  readonly storage: Storage;
  readonly orgId: string;
  /** A number whose agent has these fields and a model that answers so; the agent speaks first. */
  agentNumber(context: TestContext, setting: AgentSetting): Promise<AgentNumber>;
  /** Resolves when the caller has been joined to somebody else. */
  transferred(number: RingingNumber): Promise<void>;
  /** The call's row once it has ended. */
  endedRow(number: RingingNumber): Promise<Call>;
  close(): Promise<void>;
}

export interface AgentSetting {
  /** Laid over the stored agent. */
  agent?: Partial<Agent>;
  number?: Partial<PhoneNumber>;
  /** Unset: the agent says its first message and no model is asked. */
  answers?: FakeAnswer[];
  tools?: NonNullable<Agent['brain']>['tools'];
  /** Of the vendor's assistant. */
  assistant?: object;
}

export type AgentNumber = RingingNumber & { model: FakeOpenAi; agentId: string };

export async function openFieldScene(): Promise<FieldScene> {
  const scene = await openRingingScene();
  const { exchange } = scene;
  const storage = await openStorage({
    dataDir: exchange.dataDir,
    clock: systemClock,
    logger: silentLogger,
  });
  const { orgId } = await exchange.api<{ orgId: string }>('POST', '/assistant', { name: 'To know the org' });
  return {
    ...scene,
    storage,
    orgId,
    async agentNumber(context, { agent = {}, number: fields, answers, tools = [], assistant: more = {} }) {
      const model = await modelFor(context, answers ?? []);
      const greeting = answers
        ? { firstMessageMode: 'assistant-speaks-first-with-model-generated-message' }
        : {};
      const { id: agentId } = await exchange.api<{ id: string }>(
        'POST',
        '/assistant',
        assistant({ ...greeting, model: customModel(model.url), ...more }),
      );
      await storage.agents.update(orgId, agentId, (stored) => ({
        ...stored,
        ...(stored.brain && { brain: { ...stored.brain, tools: [...stored.brain.tools, ...tools] } }),
        ...agent,
      }));
      const number = await scene.number({ assistantId: agentId });
      if (fields) await storage.numbers.update(orgId, number.id, (stored) => ({ ...stored, ...fields }));
      return { ...number, model, agentId };
    },
    async transferred(number) {
      await until('the caller is transferred', async () => {
        const id = (await exchange.callTo(number.id))?.id;
        const lines = id ? await exchange.timeline(id) : [];
        return lines.some(({ type, data }) => type === 'transfer.ended' && data.outcome === 'connected');
      });
    },
    async endedRow(number) {
      const { id } = await number.ended();
      return until('the call is stored', () => storage.calls.get(orgId, id));
    },
    async close() {
      await storage.close();
      await scene.close();
    },
  };
}
