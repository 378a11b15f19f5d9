import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loadedOpus, loadOpus } from './opus-library.ts';

it('libopus that could not be loaded is tried again by the next call', async (t) => {
  const assembly = WebAssembly as unknown as { compile(bytes: Uint8Array): Promise<object> };
  const compile = t.mock.method(assembly, 'compile', async () => {
    throw new Error('no memory');
  });
  await assert.rejects(loadOpus(), /no memory/);
  assert.equal(loadedOpus(), undefined);
  compile.mock.restore();
  const library = await loadOpus();
  assert.equal(loadedOpus(), library);
  assert.equal(await loadOpus(), library, 'and is loaded once');
});
