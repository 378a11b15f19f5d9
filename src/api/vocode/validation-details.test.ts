import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { clearable, flag, given, integer, nested, number, uuid } from './fields.ts';
import { REVISION_2023, REVISION_2024 } from './revision.ts';
import { promptSlot, slot } from './slots.ts';
import { validationDetails } from './validation-details.ts';

const part = nested({ name: z.string(), size: integer(0, 9).optional() });
const schema = z.object({
  needed: z.string(),
  count: integer().optional(),
  ratio: number(0, 1).optional(),
  isOn: flag().optional(),
  mode: z.enum(['a', 'b']).optional(),
  id: uuid().optional(),
  list: z.array(z.string()).max(2).optional(),
  part: given(slot(part)),
  prompt: given(promptSlot(nested({ content: z.string().optional() }))),
});

function details(body: object, revision = REVISION_2024) {
  const { error } = schema.safeParse({ needed: 'x', ...body }, { reportInput: true });
  return error ? validationDetails(error.issues, 'body', revision) : [];
}

describe('the details of a broken body', () => {
  const cases: [string, object, (string | number)[], [string, string], [string, string]][] = [
    [
      'a missing field',
      { needed: undefined },
      ['needed'],
      ['field required', 'value_error.missing'],
      ['Field required', 'missing'],
    ],
    [
      'a wrong text',
      { needed: 1 },
      ['needed'],
      ['str type expected', 'type_error.str'],
      ['Input should be a valid string', 'string_type'],
    ],
    [
      'null',
      { needed: null },
      ['needed'],
      ['none is not an allowed value', 'type_error.none.not_allowed'],
      ['Input should be a valid string', 'string_type'],
    ],
    [
      'a number in words',
      { count: 'two' },
      ['count'],
      ['value is not a valid float', 'type_error.float'],
      ['Input should be a valid number', 'float_type'],
    ],
    [
      'a fraction of an integer',
      { count: 1.5 },
      ['count'],
      ['value is not a valid integer', 'type_error.integer'],
      ['Input should be a valid integer', 'int_type'],
    ],
    [
      'too much',
      { ratio: '1.5' },
      ['ratio'],
      ['ensure this value is less than or equal to 1', 'value_error.number.not_le'],
      ['Input should be less than or equal to 1', 'less_than_equal'],
    ],
    [
      'no truth',
      { isOn: 7 },
      ['isOn'],
      ['value could not be parsed to a boolean', 'type_error.bool'],
      ['Input should be a valid boolean', 'bool_type'],
    ],
    [
      'another choice',
      { mode: 'c' },
      ['mode'],
      ["value is not a valid enumeration member; permitted: 'a', 'b'", 'type_error.enum'],
      ["Input should be 'a' or 'b'", 'literal_error'],
    ],
    [
      'no id',
      { id: 'x' },
      ['id'],
      ['value is not a valid uuid', 'type_error.uuid'],
      ['Input should be a valid UUID', 'uuid_parsing'],
    ],
    [
      'a long list',
      { list: ['a', 'b', 'c'] },
      ['list'],
      ['ensure this value has at most 2 items', 'value_error.list.max_items'],
      ['List should have at most 2 items', 'too_long'],
    ],
    [
      'no list',
      { list: {} },
      ['list'],
      ['value is not a valid list', 'type_error.list'],
      ['Input should be a valid list', 'list_type'],
    ],
    [
      'an item of a list',
      { list: ['a', 1] },
      ['list', 1],
      ['str type expected', 'type_error.str'],
      ['Input should be a valid string', 'string_type'],
    ],
    [
      'a field of a part',
      { part: { size: 3 } },
      ['part', 'name'],
      ['field required', 'value_error.missing'],
      ['Field required', 'missing'],
    ],
    [
      'a deeper bound',
      { part: { name: 'x', size: 10 } },
      ['part', 'size'],
      ['ensure this value is less than or equal to 9', 'value_error.number.not_le'],
      ['Input should be less than or equal to 9', 'less_than_equal'],
    ],
    [
      'a part that is no id',
      { part: 'x' },
      ['part'],
      ['value is not a valid uuid', 'type_error.uuid'],
      ['Input should be a valid UUID', 'uuid_parsing'],
    ],
    [
      'an unknown part',
      { prompt: { text: 'x' } },
      ['prompt'],
      ['has none of the fields that it could have', 'value_error'],
      ['Value error, has none of the fields that it could have', 'value_error'],
    ],
  ];
  for (const [name, body, loc, first, second] of cases) {
    it(`tell of ${name} where it is, in the words of each revision`, () => {
      const [msg, type] = first;
      assert.deepEqual(details(body, REVISION_2023), [{ loc: ['body', ...loc], msg, type }]);
      const [newMsg, newType] = second;
      assert.deepEqual(details(body), [{ loc: ['body', ...loc], msg: newMsg, type: newType }]);
    });
  }

  it('are no more than fifty, and repeat no endless key', () => {
    const record = z.record(z.string(), z.string());
    const body = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`${'k'.repeat(500)}${index}`, 1]),
    );
    const { error } = record.safeParse(body, { reportInput: true });
    const found = validationDetails(error?.issues ?? [], 'body', REVISION_2024);
    assert.equal(found.length, 50);
    assert.ok(found.every(({ loc }) => String(loc[1]).length < 110));
  });
});

describe('fields of an update', () => {
  it('left out or given as an empty object are undefined', () => {
    const update = z.object({ text: given(z.string()), dial: given(z.enum(['a'])), part: given(slot(part)) });
    assert.deepEqual(update.parse({ text: {}, dial: {}, part: {} }), {
      text: undefined,
      dial: undefined,
      part: undefined,
    });
  });

  it('are cleared by null in the last revision alone', () => {
    const parse = (revision: typeof REVISION_2024) => clearable(revision, z.string()).safeParse(null).success;
    assert.deepEqual([parse(REVISION_2023), parse(REVISION_2024)], [false, true]);
  });

  it('take numbers and truths in texts', () => {
    assert.deepEqual([number().parse('.2'), integer().parse('4'), flag().parse('false')], [0.2, 4, false]);
  });

  it('that take a part tell ids, fields, and fields with an id apart', () => {
    const id = '3F0D5C5E-0000-4000-8000-000000000000';
    const lower = id.toLowerCase();
    const read = (value: unknown) => slot(part).parse(value);
    assert.deepEqual(read(id), { id: lower });
    assert.deepEqual(read({ name: 'x' }), { body: { name: 'x' } });
    assert.deepEqual(read({ name: 'x', id }), { id: lower, body: { name: 'x' } });
    assert.deepEqual(read({ name: 'x', id: 'invented', user_id: 'y' }), { body: { name: 'x' } });
    const prompt = promptSlot(nested({ content: z.string().optional() }));
    assert.deepEqual(prompt.parse('Be kind.'), { body: { content: 'Be kind.' } });
    assert.deepEqual(prompt.parse(id), { id: lower, otherwise: { content: id } });
  });
});
