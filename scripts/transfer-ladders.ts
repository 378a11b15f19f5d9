// The ladders in docs/guides/transfers.md, drawn from real calls over loopback. `--write` puts them there.
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { drawLadder, LADDERS } from '../test/support/transfer-ladders.ts';
import { TransferScene } from '../test/support/transfer-scene.ts';

const GUIDE = new URL('../docs/guides/transfers.md', import.meta.url);
const FENCE = '```';
const BEGIN = '<!-- ladders: node scripts/transfer-ladders.ts --write -->';
const END = '<!-- end of ladders -->';

export function readGuide(): Promise<string> {
  return readFile(GUIDE, 'utf8');
}

/** The ladder that the guide has under this name. */
export function ladderIn(guide: string, name: string): string | undefined {
  const start = guide.indexOf(`**\`${name}\`**\n\n${FENCE}\n`);
  if (start < 0) return undefined;
  const [, drawing] = guide.slice(start).split(`${FENCE}\n`);
  return drawing?.trimEnd();
}

async function write(drawings: readonly (readonly [name: string, drawing: string])[]): Promise<void> {
  const guide = await readGuide();
  const [head = '', rest = ''] = guide.split(BEGIN);
  const [, tail = ''] = rest.split(END);
  const ladders = drawings.map(([name, drawing]) => `**\`${name}\`**\n\n${FENCE}\n${drawing}\n${FENCE}\n`);
  await writeFile(GUIDE, `${head}${BEGIN}\n\n${ladders.join('\n')}\n${END}${tail}`);
}

if (import.meta.main && process.argv.includes('--write')) {
  // A test, since what the scenes open is closed with one.
  test('the ladders are drawn', async (t) => {
    const scene = await TransferScene.open();
    t.after(() => scene.close());
    const drawings: (readonly [string, string])[] = [];
    for (const of of LADDERS) drawings.push([of.name, await drawLadder(scene, t, of)]);
    await write(drawings);
  });
}
