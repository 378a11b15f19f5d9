import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Server } from './server.ts';
import { serverNotes } from './server-notes.ts';

test("a server's settings that do not do what they say are named, with the reason", () => {
  const table: [Server, RegExp[]][] = [
    [{ url: 'https://example.com' }, []],
    [{ staticIpAddressesEnabled: false, encryptedPaths: [] }, []],
    [{ staticIpAddressesEnabled: true }, [/^server\.staticIpAddressesEnabled: .*own address/]],
    [{ encryptedPaths: ['ssn'] }, [/^server\.encryptedPaths: nothing is encrypted/]],
    [{ encryptedPaths: ['ssn'], credentialId: 'c' }, []],
  ];
  for (const [server, expected] of table) {
    const notes = serverNotes(server).map(({ field, reason }) => `${field}: ${reason}`);
    assert.equal(notes.length, expected.length, JSON.stringify(server));
    for (const [index, pattern] of expected.entries()) assert.match(notes[index] ?? '', pattern);
  }
});
