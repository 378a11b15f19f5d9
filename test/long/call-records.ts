import assert from 'node:assert/strict';
import type { ServerProcess } from '../support/server-process.ts';

/** Records that one answer of the API holds at most. */
const PAGE = 1_000;

/** What the long tests read of a call's record. */
export interface CallRecordView {
  id: string;
  status: string;
  /** The call's Call-ID. */
  phoneCallProviderId: string;
  createdAt: string;
  startedAt?: string;
  endedReason?: string;
  artifact: { media?: { received: number; lost: number; late: number; sent: number } };
}

interface TimelineEntry {
  seq: number;
  type: string;
}

/** All calls to a number, the oldest first. */
export async function callRecords(server: ServerProcess, numberId: string): Promise<CallRecordView[]> {
  const records: CallRecordView[] = [];
  for (;;) {
    const before = records.at(-1)?.createdAt;
    const older = before === undefined ? '' : `&createdAtLe=${before}`;
    const { status, body } = await server.api('GET', `/call?phoneNumberId=${numberId}&limit=${PAGE}${older}`);
    assert.equal(status, 200, JSON.stringify(body));
    const page = body as CallRecordView[];
    const known = new Set(records.map(({ id }) => id));
    records.push(...page.filter(({ id }) => !known.has(id)));
    if (page.length < PAGE) return records.reverse();
  }
}

/** Holds that a call's timeline has no gap, and one end, which is its last word. */
export async function assertEndedOnce(server: ServerProcess, { id }: CallRecordView): Promise<void> {
  const { body } = await server.api('GET', `/admin/calls/${id}/timeline`);
  const { events } = body as { events: TimelineEntry[] };
  const types = events.map(({ type }) => type);
  assert.equal(types.filter((type) => type === 'call.ended').length, 1, `${id}: ${types.join(', ')}`);
  assert.equal(types.at(-1), 'call.ended', `${id}: ${types.join(', ')}`);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
    `${id}: no gap and no double in its timeline`,
  );
}
