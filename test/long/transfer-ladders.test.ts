import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ladderIn, readGuide } from '../../scripts/transfer-ladders.ts';
import { drawLadder, LADDERS } from '../support/transfer-ladders.ts';
import { TransferScene } from '../support/transfer-scene.ts';

describe("the guide's ladder of each mode is that of a real call", () => {
  let scene: TransferScene;

  before(async () => {
    scene = await TransferScene.open();
  });
  after(() => scene.close());

  for (const of of LADDERS)
    test(of.name, async (t) => {
      const drawn = await drawLadder(scene, t, of);
      assert.equal(drawn, ladderIn(await readGuide(), of.name));
    });
});
