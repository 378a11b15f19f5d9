import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewriteReferences, type Whereabouts } from './references.ts';

const [HERE, COMING, GONE] = ['1', '2', '3'].map((digit) => `${digit.repeat(8)}-2222-4333-8444-555555555555`);

const find = (_: string, id: string): Whereabouts => {
  if (id === HERE) return { state: 'here', id: 'mapped' };
  return { state: id === COMING ? 'coming' : 'absent' };
};
const rewrite = (body: unknown) =>
  rewriteReferences(body as never, { assistantId: 'assistant', toolIds: 'tool', voice: 'voice' }, find);

test('ids are mapped wherever they stand: alone, in lists, deep, and as whole objects', () => {
  const { body, coming, absent } = rewrite({
    assistantId: HERE,
    toolIds: [HERE, COMING, GONE],
    members: [{ assistantId: HERE }, { assistantId: GONE, name: 'x' }],
    voice: { id: HERE, type: 'voice_azure' },
    other: HERE,
  });
  assert.deepEqual(body, {
    assistantId: 'mapped',
    toolIds: ['mapped', COMING],
    members: [{ assistantId: 'mapped' }, { name: 'x' }],
    voice: 'mapped',
    other: HERE,
  });
  assert.deepEqual(coming, [COMING]);
  assert.deepEqual(absent, ['toolIds.2', 'members.1.assistantId']);
});

test('what customers fill themselves, and text that is no id, stays as it is', () => {
  const body = {
    metadata: { assistantId: GONE },
    voice: { type: 'voice_azure' },
    assistantId: 'the desk',
    deep: JSON.parse(`{"__proto__": {"assistantId": "${HERE}"}}`),
  };
  const rewritten = rewrite(body);
  assert.deepEqual(rewritten.absent, []);
  assert.equal(JSON.stringify(rewritten.body), JSON.stringify(body).replace(String(HERE), 'mapped'));
});
