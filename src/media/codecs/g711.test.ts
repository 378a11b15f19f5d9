import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeG711, encodeG711, G711 } from './g711.ts';

describe('G.711', () => {
  it('decodes mu-law to the values of ITU-T table 2, scaled to 16 bits', () => {
    const known: [number, number][] = [
      [0x80, 32_124],
      [0x00, -32_124],
      [0x8f, 16_764],
      [0x9f, 8316],
      [0xaf, 4092],
      [0xbf, 1980],
      [0xcf, 924],
      [0xdf, 396],
      [0xef, 132],
      [0xfe, 8],
      [0xff, 0],
      [0x7f, 0],
      [0x7e, -8],
    ];
    for (const [octet, value] of known)
      assert.equal(G711.PCMU.decoded[octet] as number | 0, value, `0x${octet.toString(16)}`);
  });

  it('decodes A-law to the values of ITU-T table 1, scaled to 16 bits', () => {
    const known: [number, number][] = [
      [0xaa, 32_256],
      [0x2a, -32_256],
      [0xd5, 8],
      [0x55, -8],
      [0xd4, 24],
      [0xc5, 264],
      [0x45, -264],
      [0xf5, 528],
    ];
    for (const [octet, value] of known)
      assert.equal(G711.PCMA.decoded[octet], value, `0x${octet.toString(16)}`);
  });

  for (const codec of ['PCMU', 'PCMA'] as const) {
    it(`gives each ${codec} octet back after decoding and encoding`, () => {
      const law = G711[codec];
      for (let octet = 0; octet < 256; octet += 1) {
        const again = law.encoded[(law.decoded[octet] as number) & 0xffff];
        // Mu-law has two zeros; only the positive one is sent.
        assert.equal(again, codec === 'PCMU' && octet === 0x7f ? 0xff : octet);
      }
    });

    it(`keeps every sample within half a step of ${codec}`, () => {
      const law = G711[codec];
      const samples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
      const payload = new Uint8Array(samples.length);
      const back = new Int16Array(samples.length);
      encodeG711(law, samples, payload, 0);
      decodeG711(law, payload, 0, payload.length, back);
      for (const [i, sample] of samples.entries()) {
        // A step is a sixteenth of where its segment begins, mu-law's bias included; at the very top it clips.
        const allowed = Math.max(16, (Math.abs(sample) + 132) / 32, Math.abs(sample) - 32_124);
        assert.ok(Math.abs((back[i] as number) - sample) <= allowed, `${sample} became ${back[i]}`);
      }
    });
  }

  it('knows the octets of silence', () => {
    assert.equal(G711.PCMU.silence, 0xff);
    assert.equal(G711.PCMA.silence, 0xd5);
  });
});
