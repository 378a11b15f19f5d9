import type { ToolCondition } from '../../domain/agents/agent.ts';

/** Whether all conditions hold for the arguments of a call; none means always. */
export function conditionsHold(conditions: readonly ToolCondition[] | undefined, input: unknown): boolean {
  return (conditions ?? []).every((condition) => holds(condition, argumentAt(input, condition.param)));
}

/** An argument by its name; dots reach into objects, a name that holds a dot itself wins. */
function argumentAt(input: unknown, path: string): unknown {
  if (typeof input !== 'object' || input === null) return undefined;
  if (Object.hasOwn(input, path)) return (input as Record<string, unknown>)[path];
  const dot = path.indexOf('.');
  if (dot === -1) return undefined;
  return argumentAt(argumentAt(input, path.slice(0, dot)), path.slice(dot + 1));
}

/** Numbers are compared as numbers, also where one is written as text (the vendor's values are all text); all else as text. */
function holds({ operator, value }: ToolCondition, given: unknown): boolean {
  if (given === undefined || given === null) return operator === 'neq';
  const numbers = [numberOf(given), numberOf(value)];
  const [left, right] = numbers.includes(undefined) ? [textOf(given), textOf(value)] : numbers;
  if (left === undefined || right === undefined) return false;
  switch (operator) {
    case 'eq':
      return left === right;
    case 'neq':
      return left !== right;
    case 'gt':
      return left > right;
    case 'gte':
      return left >= right;
    case 'lt':
      return left < right;
    case 'lte':
      return left <= right;
  }
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
