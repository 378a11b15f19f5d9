import type { RunningExchange } from '../running-exchange.ts';

export type Json = Record<string, unknown>;
export type Api = RunningExchange['api'];

/** What is asked of an agent in whichever dialect. */
export interface Words {
  name: string;
  firstMessage: string;
  prompt: string;
}

/** A number as a dialect has it; a label only where the dialect shows one. */
export interface NumberView {
  address: string;
  agentId: string;
  label?: string;
}

/** One dialect's way to make, read and change agents and numbers. */
export interface View {
  title: string;
  /** What of an agent the dialect has words for; open.cx has no prompt, only scenarios that are added to one. */
  words: readonly (keyof Words)[];
  labelsNumbers: boolean;
  /** Fields that change with any change. */
  restless: readonly string[];
  /** Fields that hardly another dialect has a word for. */
  extras: Json;
  make(api: Api, words: Words): Promise<string>;
  bind(api: Api, agentId: string, number: { address: string; label: string }): Promise<void>;
  whole(api: Api, agentId: string): Promise<Json>;
  wordsOf(whole: Json): Partial<Words>;
  /** The whole view after a change of words that leaves everything else. */
  expected(whole: Json, words: Partial<Words>): Json;
  change(api: Api, agentId: string, words: Partial<Words>): Promise<void>;
  addExtras(api: Api, agentId: string): Promise<void>;
  number(api: Api, agentId: string, address: string): Promise<NumberView>;
  /** The whole number; its agent by id alone. */
  wholeNumber(api: Api, agentId: string, address: string): Promise<Json>;
  labelNumber(api: Api, agentId: string, address: string, label: string): Promise<void>;
}
