import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type FakeOpenAi, says } from './fake-openai.ts';
import { hears } from './hears.ts';
import { ToneWatch } from './tone-watch.ts';
import { tone } from './tones.ts';
import { CASES, expected, impossible, type MatrixCase, type MatrixMode, MODES } from './transfer-matrix.ts';
import { type TransferredCall, TransferScene } from './transfer-scene.ts';
import { until } from './until.ts';

const CALLER_HZ = 600;
const BEEP_HZ = 1_000;
const OPERATOR_HZ = 1_500;
/** A caller who waits hears nothing for no longer than this: the pause of a ringing tone. */
const DEAD_AIR_MS = 4_500;
const SETTLING_MS = 300;
/** Speech and music have a frame or two that pass for a tone; one that was passed on is heard for 300 ms. */
const STRAY_TONE_MS = 100;

let scene: TransferScene;

/** Until the two are joined neither hears the other, and the caller is not left in silence; then they hear each other alone. */
async function joined(call: TransferredCall, mode: MatrixMode, isSilent = false) {
  const { caller, number, atOperator } = call;
  const atCaller = new ToneWatch(caller.media, OPERATOR_HZ);
  const desk = await atOperator();
  await desk.answered;
  const atDesk = new ToneWatch(desk.media, CALLER_HZ);
  if (mode.briefs) {
    const briefed = desk.nextStart(15_000);
    caller.media.play(tone(CALLER_HZ, 300));
    await briefed;
    if (!isSilent) desk.media.play(tone(OPERATOR_HZ, 300));
    await delay(SETTLING_MS + 300);
    assert.ok(atDesk.toneMs < STRAY_TONE_MS, 'the operator hears the caller before he is joined');
    assert.ok(atCaller.toneMs < STRAY_TONE_MS, 'the caller hears the operator before he is joined');
  }
  await scene.outcome(number, 'connected');
  assert.ok(atCaller.longestSilenceMs < DEAD_AIR_MS, `${atCaller.longestSilenceMs} ms of dead air`);
  await delay(SETTLING_MS);
  const both = Promise.all([hears(desk.media, CALLER_HZ), hears(caller.media, OPERATOR_HZ)]);
  caller.media.play(tone(CALLER_HZ, 1_000));
  desk.media.play(tone(OPERATOR_HZ, 1_000));
  await both;
  await delay(1_000);
  const quiet = [new ToneWatch(caller.media, OPERATOR_HZ), new ToneWatch(desk.media, CALLER_HZ)];
  await delay(1_200);
  for (const { longestSilenceMs } of quiet)
    assert.ok(longestSilenceMs > 400, `something sounds after the join: ${longestSilenceMs} ms of silence`);
  for (const watch of [...quiet, atCaller, atDesk]) watch.close();
  return desk;
}

/** What the model was told last. */
function lastWords({ requests }: FakeOpenAi): string {
  const messages = (requests.at(-1)?.body.messages ?? []) as { content?: string | null }[];
  return messages.at(-1)?.content ?? '';
}

/** The caller's telephone calls the operator by itself, and is hung up once he has answered. */
async function playReferred(
  { caller, atOperator, number, model }: TransferredCall,
  mode: MatrixMode,
  cell: MatrixCase,
) {
  if (cell.leaves === 'caller-while-ringing') {
    await atOperator();
    await caller.hangup();
  } else if (expected(mode, cell).outcome === 'connected') {
    assert.equal((await caller.whenEnded(10_000)).by, 'peer');
  } else {
    await until('the agent is told', () => lastWords(model).includes('transfer failed'), 20_000);
    await caller.nextSpurt(15_000);
    await caller.hangup();
  }
  await number.ended(10_000);
}

async function play(call: TransferredCall, mode: MatrixMode, cell: MatrixCase): Promise<void> {
  const { leaves, outcome, silent, beeps } = cell;
  const { caller, number, atOperator, model } = call;
  if (mode.refers) return playReferred(call, mode, cell);
  if (leaves === 'network-after-join') {
    const desk = await joined(call, mode);
    await desk.media.close();
    await caller.whenEnded(20_000);
    return;
  }
  if (leaves === 'operator-after-join' || leaves === 'caller-after-join') {
    const desk = await joined(call, mode, silent);
    const [first, other] = leaves === 'operator-after-join' ? [desk, caller] : [caller, desk];
    await first.hangup();
    await other.whenEnded(5_000);
    await other.hangup();
    return;
  }
  if (leaves === 'caller-while-ringing') {
    const desk = await atOperator();
    await delay(200);
    await caller.hangup();
    await desk.whenEnded(2_000);
    return;
  }
  if (leaves === 'operator-while-briefed') {
    const desk = await atOperator();
    await desk.nextStart(15_000);
    await desk.hangup();
  }
  if (beeps) {
    const desk = await atOperator();
    await desk.answered;
    await delay(500);
    desk.media.play(tone(BEEP_HZ, 500));
  }
  await scene.outcome(number, outcome);
  if (mode.plan.mode === 'warm-transfer-experimental') {
    // He was held: the exchange tells him itself that nobody could be reached.
    await scene.said(number, /nobody could be reached/);
  } else {
    // The same model is asked for the summary.
    await until('the agent is told', () => lastWords(model).includes('transfer failed'), 20_000);
    await caller.nextSpurt(15_000);
  }
  await caller.hangup();
  await number.ended(10_000);
}

async function check(t: TestContext, mode: MatrixMode, cell: MatrixCase): Promise<void> {
  const call = await scene.transfer(t, {
    plan: { ...mode.plan, ...cell.plan },
    manner: cell.manner,
    ...(cell.redirects && { redirects: true }),
    ...(mode.refers && { callsItself: cell.plan?.dialTimeout === undefined ? {} : { limitMs: 1_000 } }),
    afterwards: [...(mode.sumsUp ? [says('Anna wants a refund.')] : []), says('Sorry, nobody is there.')],
  });
  await play(call, mode, cell);
  const { transfer, endedReason } = await call.record();
  const { outcome, status, sipStatus } = expected(mode, cell);
  assert.equal(transfer.outcome, outcome, transfer.detail);
  assert.equal(transfer.status, status);
  assert.equal(transfer.sipStatus, sipStatus);
  assert.equal(transfer.mode, mode.plan.mode);
  const isJoined = outcome === 'connected';
  assert.equal(endedReason, isJoined ? 'assistant-forwarded-call' : 'customer-ended-call');
}

/**
 * Registers the cells of the matrix as tests, each a real call.
 * @param isPlayed by the places of mode and outcome in their lists
 */
export function playTransferMatrix(isPlayed: (mode: number, outcome: number) => boolean): void {
  before(async () => {
    scene = await TransferScene.open();
  });
  after(() => scene.close());

  const isCell = (mode: MatrixMode, cell: MatrixCase) =>
    impossible(mode, cell) === undefined && isPlayed(MODES.indexOf(mode), CASES.indexOf(cell));
  for (const mode of MODES) {
    describe(mode.name, { concurrency: 4 }, () => {
      for (const cell of CASES.filter((one) => !takesLong(one) && isCell(mode, one)))
        test(cell.name, (t) => check(t, mode, cell));
    });
  }
  for (const cell of CASES.filter(takesLong)) {
    describe(cell.name, { concurrency: MODES.length }, () => {
      for (const mode of MODES.filter((one) => isCell(one, cell)))
        test(mode.name, (t) => check(t, mode, cell));
    });
  }
}

/** A line is taken as dead after 15 s: all modes wait for that side by side. */
function takesLong({ leaves }: MatrixCase): boolean {
  return leaves === 'network-after-join';
}
