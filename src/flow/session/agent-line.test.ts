import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advance, FakeLine } from '../../../test/support/fake-voice.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { AgentLine } from './agent-line.ts';

/** 100 ms. */
const PIECE = new Int16Array(800).fill(1000);

function setUp() {
  const clock = new FakeClock(1_700_000_000_000);
  const caller = new FakeLine(clock);
  const guest = new FakeLine(clock);
  const line = new AgentLine(caller, clock);
  const told: string[] = [];
  line.playout.on(({ type, position }) => told.push(`${type} ${position}`));
  const heard: string[] = [];
  line.audio.on(({ samples }) => heard.push(`audio ${samples[0]}`));
  line.dtmf.on(({ digit }) => heard.push(`key ${digit}`));
  return { clock, caller, guest, line, told, heard, run: (ms: number) => advance(clock, ms) };
}

const say = (line: FakeLine, sample: number) =>
  line.audio.emit({ samples: new Int16Array(160).fill(sample), at: 0 });

describe("an agent's line", () => {
  test('is heard and spoken to wherever it is now, and nowhere else', () => {
    const { caller, guest, line, heard } = setUp();
    say(caller, 1);
    line.switchTo(guest);
    say(caller, 2);
    say(guest, 3);
    caller.press('4');
    guest.press('5');
    line.sendDtmf('6');
    line.play(PIECE);
    line.switchTo(caller);
    say(guest, 7);
    say(caller, 8);
    assert.deepEqual(heard, ['audio 1', 'audio 3', 'key 5', 'audio 8']);
    assert.deepEqual([caller.keysSent.length, guest.keysSent.length], [0, 1]);
    assert.deepEqual([caller.sounding, guest.sounding], [false, true]);
  });

  test('counts on where it was, whatever others have played on the new line', async () => {
    const { caller, guest, line, told, run } = setUp();
    assert.equal(line.play(PIECE), 800);
    await run(150);
    guest.play(PIECE);
    await run(150);
    line.switchTo(guest);
    assert.equal(line.play(PIECE), 1600);
    await run(150);
    caller.play(PIECE);
    line.switchTo(caller);
    await run(150);
    assert.equal(line.play(PIECE), 2400);
    await run(150);
    assert.deepEqual(
      told.filter((event) => event.startsWith('drained')),
      ['drained 800', 'drained 1600', 'drained 2400'],
    );
  });

  test('tells how much was sent of what was dropped, and counts on behind it', async () => {
    const { guest, line, told, run } = setUp();
    line.play(PIECE);
    await run(150);
    line.switchTo(guest);
    line.play(PIECE);
    line.play(PIECE);
    await run(50);
    assert.equal(await line.clear(), 800 + 400);
    assert.equal(line.play(PIECE), 800 + 1600 + 800);
    await run(150);
    assert.equal(told.at(-1), 'drained 3200');
  });

  test('lets nobody wait for what was left on the other line', () => {
    const { guest, line, told } = setUp();
    line.play(PIECE);
    line.switchTo(guest);
    assert.equal(told.at(-1), 'drained 800');
  });

  test('is listened to by nobody once it is closed', () => {
    const { caller, line } = setUp();
    line.close();
    assert.equal(caller.audio.size + caller.dtmf.size + caller.playout.size, 0);
  });
});
