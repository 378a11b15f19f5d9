import type { AgentTool } from '../../domain/agents/agent.ts';
import { type CallerIntent, callerIntent, keysToPress } from './caller-intent.ts';
import type { Brain, BrainChunk, BrainMessage, BrainRequest } from './contract.ts';
import { spokenWords } from './english-words.ts';
import { scriptGrammar } from './phrase-grammar.ts';
import { readScript, type Script } from './script.ts';
import { spokenResult } from './tool-result-speech.ts';
import { type Slot, slotsOf, slotValue, slotValueInRequest } from './tool-slots.ts';
import { movesCaller } from './transfer-words.ts';

/** What the scripted brain says of its own. It knows where a conversation stands by finding them in the history. */
export const SCRIPTED_LINES = {
  greeting: 'Hello. How can I help you?',
  askAgain: 'Sorry, I did not understand that. Could you say it again?',
  offerMessage: 'I am sorry, I have no answer to that. May I take a message?',
  takeMessage: 'Please say your message now.',
  messageTaken: 'Thank you, your message is noted. Is there anything else?',
  whatElse: 'All right. What else can I help you with?',
  welcome: 'You are welcome. Is there anything else?',
  go: 'Yes, what would you like to know?',
  toolFailed: 'I am sorry, that did not work. Is there anything else?',
  goodbye: 'Goodbye.',
} as const;

/** A question cut by barge-in is still known by its beginning, if this many words of it were heard. */
const RECOGNISABLE_WORDS = 3;
/** A slot is asked for this often before the caller is offered to leave a message. */
const SLOT_ATTEMPTS = 2;

type Reply = { say: string } | { call: AgentTool; input: Record<string, unknown> };

interface Exchange {
  /** What the agent had said last. */
  prompt: string;
  /** What the caller answered. */
  answer: string;
}

function plain(text: string): string {
  return spokenWords(text).join(' ');
}

/** Whether the agent's words were this line, or the beginning of it where the caller spoke over the rest. */
function isLine(said: string, line: string): boolean {
  const heard = plain(said);
  const whole = plain(line);
  if (heard.endsWith(whole)) return true;
  return heard.split(' ').length >= RECOGNISABLE_WORDS && whole.startsWith(heard);
}

/** Pairs of what the agent said and what the caller answered, in order. */
function exchangesOf(messages: readonly BrainMessage[]): Exchange[] {
  const exchanges: Exchange[] = [];
  let prompt = '';
  for (const message of messages) {
    if (message.role === 'assistant' && message.content !== '') prompt = message.content;
    else if (message.role === 'user') {
      exchanges.push({ prompt, answer: message.content });
      prompt = '';
    }
  }
  return exchanges;
}

function sentencesOf(text: string): string[] {
  return text.match(/[^.!?]+[.!?]*\s*/g) ?? [text];
}

/**
 * The key-less brain: no model, it answers from the facts of its prompt by matching words, always the same for the same
 * conversation. It holds no state: where the conversation stands is read from the messages.
 */
export class ScriptedBrain implements Brain {
  readonly name = 'scripted';

  async *respond(request: BrainRequest): AsyncGenerator<BrainChunk> {
    request.signal.throwIfAborted();
    const reply = this.#reply(request);
    if ('call' in reply) {
      const name = reply.call.name ?? reply.call.type;
      // Ids need only be unique within the conversation, and the same conversation gives the same ones.
      yield { type: 'tool-call', id: `scripted-${request.messages.length}`, name, arguments: reply.input };
      yield { type: 'finished', reason: 'tool-calls' };
      return;
    }
    for (const text of sentencesOf(reply.say)) {
      request.signal.throwIfAborted();
      if (text !== '') yield { type: 'text', text };
    }
    yield { type: 'finished', reason: 'stop' };
  }

  grammar(settings: BrainRequest['settings']): string | undefined {
    return scriptGrammar(readScript(settings.messages, settings.tools));
  }

  #reply({ messages, tools, settings }: BrainRequest): Reply {
    // The request's prompts have their variables filled in; the settings' have not.
    const prompts = messages.filter((message) => message.role === 'system');
    const script = readScript(prompts.length > 0 ? prompts : settings.messages, tools);
    // Prompts and hints stand anywhere; who answers looks at what was said and done.
    const last = messages.findLast(({ role }) => role !== 'system');
    if (last?.role === 'tool') return { say: afterTool(tools, last) };
    // Nobody has asked: another agent spoke last and handed over.
    if (last?.role === 'assistant') return { say: SCRIPTED_LINES.greeting };
    const exchanges = exchangesOf(messages);
    const current = exchanges.at(-1);
    if (!current) return { say: SCRIPTED_LINES.greeting };
    if (current.answer.trim() === '') return askAgain(current);
    return (
      messageReply(current) ??
      slotReply(script, exchanges) ??
      keysReply(tools, current) ??
      intentReply(script, tools, exchanges) ??
      matchedReply(script, current) ??
      askAgain(current)
    );
  }
}

/** What is said once a tool has run. What went wrong is not for the caller's ears. */
function afterTool(
  tools: readonly AgentTool[],
  { name, content }: { name: string; content: string },
): string {
  const tool = tools.find((candidate) => (candidate.name ?? candidate.type) === name);
  if (content.startsWith('Error:')) return SCRIPTED_LINES.toolFailed;
  // The tool of another agent, or one that brought the caller here.
  if (!tool || movesCaller(tool)) return SCRIPTED_LINES.greeting;
  return tool.type === 'dtmf' ? '' : spokenResult(content);
}

/** Asks once more; whoever is not understood twice may leave a message. */
function askAgain({ prompt }: Exchange): Reply {
  if (isLine(prompt, SCRIPTED_LINES.offerMessage)) return { say: SCRIPTED_LINES.takeMessage };
  if (isLine(prompt, SCRIPTED_LINES.askAgain)) return { say: SCRIPTED_LINES.offerMessage };
  return { say: SCRIPTED_LINES.askAgain };
}

function messageReply({ prompt, answer }: Exchange): Reply | undefined {
  const intent = callerIntent(answer);
  if (isLine(prompt, SCRIPTED_LINES.takeMessage) && intent !== 'goodbye')
    return { say: SCRIPTED_LINES.messageTaken };
  if (!isLine(prompt, SCRIPTED_LINES.offerMessage)) return undefined;
  if (intent === 'yes') return { say: SCRIPTED_LINES.takeMessage };
  return intent === 'no' ? { say: SCRIPTED_LINES.whatElse } : undefined;
}

function farewell(tools: readonly AgentTool[]): Reply {
  const endCall = tools.find(({ type }) => type === 'endCall');
  // The agent's end message is the engine's to say.
  return endCall ? { call: endCall, input: {} } : { say: SCRIPTED_LINES.goodbye };
}

function overview({ topics }: Script): string {
  if (topics.length === 0) return SCRIPTED_LINES.greeting;
  const named = topics.slice(0, 5).map((topic) => (/^\p{Lu}{2}/u.test(topic) ? topic : topic.toLowerCase()));
  return `You can ask me about ${named.join(', ')}.`;
}

function intentReply(script: Script, tools: readonly AgentTool[], exchanges: Exchange[]): Reply | undefined {
  const current = exchanges.at(-1);
  const intent = current && callerIntent(current.answer);
  if (!current || !intent) return undefined;
  const anythingElse = [SCRIPTED_LINES.messageTaken, SCRIPTED_LINES.welcome, SCRIPTED_LINES.toolFailed].some(
    (line) => isLine(current.prompt, line),
  );
  const replies: Record<CallerIntent, () => Reply> = {
    goodbye: () => farewell(tools),
    no: () => (anythingElse ? farewell(tools) : { say: SCRIPTED_LINES.whatElse }),
    yes: () => ({ say: SCRIPTED_LINES.go }),
    greeting: () => ({ say: SCRIPTED_LINES.greeting }),
    thanks: () => ({ say: SCRIPTED_LINES.welcome }),
    person: () => personReply(script, current),
    help: () => ({ say: overview(script) }),
    repeat: () => ({ say: current.prompt || SCRIPTED_LINES.greeting }),
  };
  return replies[intent]();
}

/** A person is a transfer where the agent can make one, else a message for one. */
function personReply(script: Script, { answer }: Exchange): Reply {
  const transfer = script.tools.find(({ type }) => type === 'transferCall');
  if (!transfer || /message/i.test(answer)) return { say: SCRIPTED_LINES.takeMessage };
  return nextStep(transfer, slotsOf(transfer), answer, []);
}

function keysReply(tools: readonly AgentTool[], { answer }: Exchange): Reply | undefined {
  const dtmf = tools.find(({ type }) => type === 'dtmf');
  const keys = dtmf && keysToPress(answer);
  return dtmf && keys ? { call: dtmf, input: { dtmf: keys } } : undefined;
}

function matchedReply(script: Script, { answer }: Exchange): Reply | undefined {
  const match = script.matcher.best(answer)?.value;
  if (!match) return undefined;
  return 'answer' in match ? { say: match.answer } : nextStep(match, slotsOf(match), answer, []);
}

/** The call of a tool once every slot is filled, else the question for the first that is not. */
function nextStep(tool: AgentTool, slots: Slot[], request: string, answers: Exchange[]): Reply {
  const input: Record<string, unknown> = {};
  for (const slot of slots) {
    const given = answers
      .filter(({ prompt }) => isLine(prompt, slot.question))
      .map(({ answer }) => slotValue(slot, answer))
      .findLast((value) => value !== undefined);
    const value = given ?? slotValueInRequest(slot, request);
    if (value === undefined) return { say: slot.question };
    input[slot.name] = value;
  }
  return { call: tool, input };
}

/** Goes on with a tool whose slot was asked for: the answers so far stand in the history, after the request. */
function slotReply(script: Script, exchanges: Exchange[]): Reply | undefined {
  const current = exchanges.at(-1);
  if (!current || callerIntent(current.answer) === 'goodbye') return undefined;
  for (const tool of script.tools) {
    const slots = slotsOf(tool);
    const asked = slots.find(({ question }) => isLine(current.prompt, question));
    if (!asked) continue;
    const request = exchanges.findLastIndex(
      ({ prompt }) => !slots.some(({ question }) => isLine(prompt, question)),
    );
    const answers = exchanges.slice(request + 1);
    if (slotValue(asked, current.answer) === undefined) {
      const fact = script.matcher.best(current.answer)?.value;
      if (fact && 'answer' in fact) return { say: fact.answer };
      const attempts = answers.filter(({ prompt }) => isLine(prompt, asked.question)).length;
      if (attempts >= SLOT_ATTEMPTS) return { say: SCRIPTED_LINES.offerMessage };
    }
    return nextStep(tool, slots, exchanges[request]?.answer ?? '', answers);
  }
  return undefined;
}
