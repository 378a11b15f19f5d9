import vm from 'node:vm';
import type { EndpointingRule, RegexOption } from '../../domain/agents/agent.ts';

/** Characters of a customer's pattern: more than any sensible rule, little enough to compile at once. */
const PATTERN_LIMIT = 1000;
/** Characters of a text that are matched; the end of an utterance is what tells whether it is over. */
const TEXT_LIMIT = 1000;
/** Milliseconds that one match may hold the event loop, half of a 20 ms packet. An honest pattern needs microseconds. */
const MATCH_LIMIT_MS = 10;

/** One rule, ready to be asked. */
export interface CompiledRule {
  readonly timeoutMs: number;
  matches(assistantText: string, customerText: string): boolean;
}

/** A rule that is not applied: it cannot be compiled, or a match ran over its time (catastrophic backtracking). */
export interface RefusedRule {
  index: number;
  code: 'endpointing-rule-invalid' | 'endpointing-rule-too-slow';
  message: string;
}

/**
 * Prepares a customer's rules (Vapi startSpeakingPlan.customEndpointingRules; matching is `RegExp.test`).
 * The patterns are foreign code: length of pattern and text are capped and each match has a deadline, enforced by
 * the interpreter, after which the rule is left out for the rest of the call.
 * @param onRefused told once per rule that is dropped, at compile time or later.
 */
export function compileRules(
  rules: readonly EndpointingRule[],
  onRefused: (refused: RefusedRule) => void,
): CompiledRule[] {
  return rules.flatMap((rule, index) => {
    try {
      return [compileRule(rule, index, onRefused)];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      onRefused({ index, code: 'endpointing-rule-invalid', message });
      return [];
    }
  });
}

function compileRule(
  rule: EndpointingRule,
  index: number,
  onRefused: (refused: RefusedRule) => void,
): CompiledRule {
  const { assistant, customer } = patternsOf(rule);
  if (!assistant && !customer) throw new Error(`a rule of type ${rule.type} needs its pattern`);
  let usable = true;
  return {
    timeoutMs: rule.timeoutSeconds * 1000,
    matches(assistantText, customerText) {
      if (!usable) return false;
      try {
        return (
          (!assistant || testWithinLimit(assistant, assistantText)) &&
          (!customer || testWithinLimit(customer, customerText))
        );
      } catch {
        usable = false;
        const message = `matching took more than ${MATCH_LIMIT_MS} ms; the rule is left out for this call`;
        onRefused({ index, code: 'endpointing-rule-too-slow', message });
        return false;
      }
    },
  };
}

function patternsOf(rule: EndpointingRule): { assistant?: RegExp; customer?: RegExp } {
  switch (rule.type) {
    case 'assistant':
      return optional('assistant', toRegExp(rule.regex, rule.regexOptions));
    case 'customer':
      return optional('customer', toRegExp(rule.regex, rule.regexOptions));
    case 'both': {
      const assistant = toRegExp(rule.assistantRegex, rule.assistantRegexOptions ?? rule.regexOptions);
      const customer = toRegExp(rule.customerRegex, rule.customerRegexOptions ?? rule.regexOptions);
      if (!assistant || !customer) throw new Error('a rule of type both needs two patterns');
      return { assistant, customer };
    }
  }
}

function optional(side: 'assistant' | 'customer', pattern: RegExp | undefined) {
  return pattern ? { [side]: pattern } : {};
}

function toRegExp(source: string | undefined, options: readonly RegexOption[] = []): RegExp | undefined {
  if (source === undefined) return undefined;
  if (source.length > PATTERN_LIMIT) throw new Error(`pattern longer than ${PATTERN_LIMIT} characters`);
  const enabled = new Set(options.filter((option) => option.enabled).map((option) => option.type));
  const flags = `${enabled.has('ignore-case') ? 'i' : ''}${enabled.has('multi-line') ? 'm' : ''}`;
  return new RegExp(enabled.has('whole-word') ? `\\b(?:${source})\\b` : source, flags);
}

const sandbox: { pattern?: RegExp; text?: string } = vm.createContext(Object.create(null));
const matchScript = new vm.Script('pattern.test(text)');

/** @throws when the match was stopped at its deadline. */
function testWithinLimit(pattern: RegExp, text: string): boolean {
  sandbox.pattern = pattern;
  sandbox.text = text.slice(-TEXT_LIMIT);
  return matchScript.runInContext(sandbox, { timeout: MATCH_LIMIT_MS }) === true;
}
