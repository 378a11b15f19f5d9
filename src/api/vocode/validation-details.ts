import type { core } from 'zod';
import type { RequestPlace } from '../server/failure.ts';
import type { VocodeRevision } from './revision.ts';

type Issue = core.$ZodIssue;
type Wording = readonly [msg: string, type: string];

export interface ValidationDetail {
  loc: (string | number)[];
  msg: string;
  type: string;
}

/** Errors in one reply; a list with a hundred thousand wrong items gets no longer answer. */
const MAX_DETAILS = 50;
/** Characters of a client's own key or value that an error repeats. */
const MAX_ECHOED_LENGTH = 100;

/** Words broken rules as the vendor's validator does: pydantic, whose words changed with its second version. */
export function validationDetails(
  issues: readonly Issue[],
  place: RequestPlace,
  { pydantic }: Pick<VocodeRevision, 'pydantic'>,
): ValidationDetail[] {
  const details: ValidationDetail[] = [];
  for (const issue of issues) {
    for (const detail of detailsOf(issue, [place], pydantic)) {
      if (details.length === MAX_DETAILS) return details;
      details.push(detail);
    }
  }
  return details;
}

function* detailsOf(
  issue: Issue,
  parent: ValidationDetail['loc'],
  pydantic: 1 | 2,
): Generator<ValidationDetail> {
  const loc = [...parent, ...issue.path.map(step)];
  const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined;
  if (branch && issue.input !== undefined) {
    for (const inner of branch) yield* detailsOf(inner, loc, pydantic);
    return;
  }
  const [msg, type] = wordingOf(issue)[pydantic - 1] as Wording;
  yield { loc, msg, type };
}

function step(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : echo(String(key));
}

function echo(text: string): string {
  return text.length > MAX_ECHOED_LENGTH ? `${text.slice(0, MAX_ECHOED_LENGTH)}...` : text;
}

/** Of the forms a value could have had, the one it got furthest into; else the first, which is what the field is for. */
function closestBranch(branches: readonly Issue[][]): Issue[] | undefined {
  // An object with keys is never meant as `Undefined`, the empty one.
  const real = branches.filter((issues) => !issues.some(isOfUndefined));
  const entered = real.filter((issues) => !issues.some(isRefusedWhole));
  return entered.sort((a, b) => a.length - b.length)[0] ?? real[0];
}

/** Nothing may be in the object that stands for what was not sent. */
function isOfUndefined(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.expected === 'never';
}

/** Whether the value as a whole is of another type than the form has. */
function isRefusedWhole(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  switch (issue.code) {
    case 'invalid_union':
      return issue.errors.length > 0 && issue.errors.every((issues) => issues.some(isRefusedWhole));
    case 'invalid_type':
    case 'invalid_value':
      return true;
    case 'invalid_format':
      // A text that has not the form of a number is no number.
      return issue.format === 'regex';
    default:
      return false;
  }
}

/** The words of either version for a wrong type. */
const TYPES: Readonly<Record<string, readonly [Wording, Wording]>> = {
  string: [
    ['str type expected', 'type_error.str'],
    ['Input should be a valid string', 'string_type'],
  ],
  number: [
    ['value is not a valid float', 'type_error.float'],
    ['Input should be a valid number', 'float_type'],
  ],
  int: [
    ['value is not a valid integer', 'type_error.integer'],
    ['Input should be a valid integer', 'int_type'],
  ],
  boolean: [
    ['value could not be parsed to a boolean', 'type_error.bool'],
    ['Input should be a valid boolean', 'bool_type'],
  ],
  array: [
    ['value is not a valid list', 'type_error.list'],
    ['Input should be a valid list', 'list_type'],
  ],
  object: [
    ['value is not a valid dict', 'type_error.dict'],
    ['Input should be a valid dictionary or object to extract fields from', 'model_attributes_type'],
  ],
  record: [
    ['value is not a valid dict', 'type_error.dict'],
    ['Input should be a valid dictionary', 'dict_type'],
  ],
};

const MISSING: readonly [Wording, Wording] = [
  ['field required', 'value_error.missing'],
  ['Field required', 'missing'],
];
const NULL: Wording = ['none is not an allowed value', 'type_error.none.not_allowed'];
const UUID: readonly [Wording, Wording] = [
  ['value is not a valid uuid', 'type_error.uuid'],
  ['Input should be a valid UUID', 'uuid_parsing'],
];

function wordingOf(issue: Issue): readonly [Wording, Wording] {
  if (issue.code !== 'custom' && issue.input === undefined) return MISSING;
  switch (issue.code) {
    case 'invalid_type': {
      const words = TYPES[issue.expected] ?? custom('is not valid');
      return issue.input === null ? [NULL, words[1]] : words;
    }
    case 'invalid_value':
      return permitted(issue.values.map(String));
    case 'invalid_format':
      return issue.format === 'guid' || issue.format === 'uuid'
        ? UUID
        : (TYPES.number as readonly [Wording, Wording]);
    case 'too_small':
      return bound('ge', 'greater', issue.minimum, issue.origin);
    case 'too_big':
      return bound('le', 'less', issue.maximum, issue.origin);
    case 'invalid_union':
      return withoutForm(issue);
    default:
      return custom(issue.message);
  }
}

/** None of several forms fits; where they are told by a key, its value is what is wrong. */
function withoutForm({ input, discriminator }: core.$ZodIssueInvalidUnion): readonly [Wording, Wording] {
  if (discriminator === undefined) return custom('has none of the forms that it could have');
  const told = (input as Record<string, unknown> | undefined)?.[discriminator];
  return told === undefined ? MISSING : custom('is none of the types that there are');
}

function permitted(values: readonly string[]): readonly [Wording, Wording] {
  const quoted = values.map((value) => `'${value}'`);
  const last = quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}` : quoted[0];
  return [
    [`value is not a valid enumeration member; permitted: ${quoted.join(', ')}`, 'type_error.enum'],
    [`Input should be ${last}`, 'literal_error'],
  ];
}

function bound(
  short: 'ge' | 'le',
  direction: 'greater' | 'less',
  limit: number | bigint,
  origin: string,
): readonly [Wording, Wording] {
  const [size, edge, end] =
    direction === 'less' ? ['at most', 'max', 'too_long'] : ['at least', 'min', 'too_short'];
  if (origin === 'string') {
    return [
      [`ensure this value has ${size} ${limit} characters`, `value_error.any_str.${edge}_length`],
      [`String should have ${size} ${limit} characters`, `string_${end}`],
    ];
  }
  if (origin === 'array' || origin === 'record') {
    return [
      [`ensure this value has ${size} ${limit} items`, `value_error.list.${edge}_items`],
      [`List should have ${size} ${limit} items`, end],
    ];
  }
  return [
    [`ensure this value is ${direction} than or equal to ${limit}`, `value_error.number.not_${short}`],
    [`Input should be ${direction} than or equal to ${limit}`, `${direction}_than_equal`],
  ];
}

function custom(message: string): readonly [Wording, Wording] {
  return [
    [message, 'value_error'],
    [`Value error, ${message}`, 'value_error'],
  ];
}
