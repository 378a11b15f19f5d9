import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DialTarget } from './dial-target.ts';
import { DEFAULT_MEDIA_POLICY, type MediaPolicy, secureTargets, srtpMode } from './media-policy.ts';

const policy = (changes: Partial<MediaPolicy>): MediaPolicy => ({ ...DEFAULT_MEDIA_POLICY, ...changes });

function target(protocol: 'udp' | 'tcp' | 'tls', demandsSrtp = false): DialTarget {
  const place = { protocol, address: '192.0.2.1', port: 5060 };
  return {
    uri: `sip:${protocol}`,
    from: { uri: 'sip:us' },
    headers: [],
    place,
    maxForwards: 70,
    demandsSrtp,
  };
}

describe('keys of SRTP', () => {
  it('are taken over TLS alone, unless the owner lets them go in the clear', () => {
    assert.equal(srtpMode(policy({}), 'tls'), 'accepted');
    assert.equal(srtpMode(policy({}), 'udp'), 'off');
    assert.equal(srtpMode(policy({ srtpWithoutTls: true }), 'udp'), 'accepted');
    assert.equal(srtpMode(policy({ srtp: 'off', srtpWithoutTls: true }), 'tls'), 'off');
  });

  it('leave no call where they are required and may not be given', () => {
    assert.equal(srtpMode(policy({ srtp: 'required' }), 'tls'), 'required');
    assert.equal(srtpMode(policy({ srtp: 'required' }), 'tcp'), undefined);
    assert.equal(srtpMode(policy({ srtp: 'required', srtpWithoutTls: true }), 'tcp'), 'required');
  });
});

describe('the targets of a call', () => {
  it('are offered SRTP alone where they ask for it, and plain audio else', () => {
    const secured = secureTargets([target('tls', true), target('tls'), target('udp')], policy({}));
    assert.deepEqual(
      secured.map(({ srtp }) => srtp),
      ['required', 'accepted', 'off'],
    );
  });

  it('are left out where they cannot be offered what they must be; with none left the call fails', () => {
    const required = policy({ srtp: 'required' });
    const secured = secureTargets([target('udp'), target('tls')], required);
    assert.deepEqual(
      secured.map(({ uri }) => uri),
      ['sip:tls'],
    );
    assert.throws(() => secureTargets([target('udp')], required), {
      outcome: 'unreachable',
      message: /without TLS/,
    });
    assert.throws(() => secureTargets([target('tls', true)], policy({ srtp: 'off' })), /switched off/);
  });
});
