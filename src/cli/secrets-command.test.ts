import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rotation } from '../storage/secrets/rotate-secrets.ts';
import { linesOf } from './secrets-command.ts';

const FILE = '/data/secret.key';

test('after a change of the secret key the operator reads what to do before the next start', () => {
  const table: [Rotation, boolean, RegExp[]][] = [
    [
      { rows: 1, unreadable: [], keyFile: FILE, oldKeyFile: `${FILE}.ab.old` },
      false,
      [
        /^1 record is under/,
        /new key is in \/data\/secret\.key: keep/,
        /old key is in \/data\/secret\.key\.ab\.old/,
      ],
    ],
    [
      { rows: 2, unreadable: [], keyFile: FILE },
      true,
      [/^2 records are under/, /new key is in/, /^unset OFFHOOK_SECRET_KEY, or set it/],
    ],
    [
      { rows: 0, unreadable: ['agents/1', 'orgs/2'] },
      true,
      [
        /^0 records are/,
        /^2 could not be opened .*: agents\/1, orgs\/2$/,
        /^set OFFHOOK_SECRET_KEY to the new key/,
      ],
    ],
  ];
  for (const [rotation, given, expected] of table) {
    const lines = linesOf(rotation, given);
    assert.equal(lines.length, expected.length, lines.join('\n'));
    for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? '', pattern);
  }
});
