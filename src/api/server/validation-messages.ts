import type { core } from 'zod';

type Issue = core.$ZodIssue;

/** Sentences in one reply; a body with a hundred thousand unknown keys gets no longer answer. */
const MAX_MESSAGES = 50;
/** Characters of a client's own key that a sentence repeats. */
const MAX_ECHOED_KEY_LENGTH = 100;

/** Words broken rules as the validator of Vapi, Fluents and open.cx (class-validator in NestJS) does: one sentence for each. */
export function validationMessages(issues: readonly Issue[]): string[] {
  const messages: string[] = [];
  for (const issue of issues) {
    for (const message of sentences(issue, [])) {
      if (messages.length === MAX_MESSAGES) return messages;
      messages.push(message);
    }
  }
  return messages;
}

function* sentences(issue: Issue, parent: readonly PropertyKey[]): Generator<string> {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const prefix = path.length > 0 ? `${pathText(path)}.` : '';
    for (const key of issue.keys) yield `${prefix}property ${echo(key)} should not exist`;
    return;
  }
  const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined;
  if (branch) for (const inner of branch) yield* sentences(inner, path);
  else yield `${subject(path)} ${predicate(issue)}`;
}

/** Of the forms a value could have had, the one it got furthest into; undefined when it was none of their types. */
function closestBranch(branches: readonly Issue[][]): Issue[] | undefined {
  const entered = branches.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code !== 'invalid_type'),
  );
  return entered.sort((a, b) => a.length - b.length)[0];
}

function subject(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'request body';
  if (typeof path.at(-1) === 'number') return `each value in ${pathText(path.slice(0, -1))}`;
  return pathText(path);
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key) => echo(String(key))).join('.');
}

function echo(key: string): string {
  return key.length > MAX_ECHOED_KEY_LENGTH ? `${key.slice(0, MAX_ECHOED_KEY_LENGTH)}...` : key;
}

const TYPE_PREDICATES: Readonly<Record<string, string>> = {
  string: 'must be a string',
  number: 'must be a number conforming to the specified constraints',
  int: 'must be an integer number',
  boolean: 'must be a boolean value',
  array: 'must be an array',
  object: 'must be an object',
  record: 'must be an object',
};

function predicate(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_PREDICATES[issue.expected] ?? 'must be valid';
    case 'invalid_value':
      return `must be one of the following values: ${issue.values.join(', ')}`;
    case 'invalid_format':
      return issue.format === 'guid' || issue.format === 'uuid' ? 'must be a UUID' : 'must be valid';
    case 'too_big':
      return bound(issue.origin, 'max', Number(issue.maximum));
    case 'too_small':
      return bound(issue.origin, 'min', Number(issue.minimum));
    case 'invalid_union':
      return 'options' in issue && issue.options
        ? `must be one of the following values: ${issue.options.join(', ')}`
        : 'must be of a supported type';
    case 'custom':
      return issue.message;
    default:
      return 'must be valid';
  }
}

function bound(origin: string, side: 'min' | 'max', limit: number): string {
  if (origin === 'string') {
    return `must be ${side === 'max' ? 'shorter' : 'longer'} than or equal to ${limit} characters`;
  }
  if (origin === 'array') {
    return `must contain ${side === 'max' ? 'no more than' : 'at least'} ${limit} elements`;
  }
  return `must not be ${side === 'max' ? 'greater' : 'less'} than ${limit}`;
}
