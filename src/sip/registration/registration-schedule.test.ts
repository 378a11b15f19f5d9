import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HeaderLine, SipResponse } from '../message/message.ts';
import { parseUri } from '../message/uri.ts';
import { grantedSeconds, longerExpiry, refreshDelayMs, retryDelayMs } from './registration-schedule.ts';

const CONTACT = parseUri('sip:trunk1@192.0.2.1:5060');

function response(...headers: HeaderLine[]): SipResponse {
  return { kind: 'response', status: 200, reason: 'OK', headers, body: new Uint8Array(0) };
}

function contact(value: string): HeaderLine {
  return { name: 'Contact', value };
}

describe('the schedule of a registration', () => {
  const granted: [title: string, headers: HeaderLine[], seconds: number][] = [
    ['our Contact', [contact('<sip:trunk1@192.0.2.1:5060>;expires=120')], 120],
    [
      'ours among those of others',
      [contact('<sip:x@192.0.2.9>;expires=10, <sip:trunk1@192.0.2.1:5060>;expires=60')],
      60,
    ],
    ['the only one, changed on the way', [contact('<sip:trunk1@203.0.113.4:61000>;expires=45')], 45],
    ['Expires', [contact('<sip:trunk1@192.0.2.1:5060>'), { name: 'Expires', value: '300' }], 300],
    ['what we asked for', [], 3600],
    [
      'what we asked for, of two Contacts that are not ours',
      [contact('<sip:a@192.0.2.8>;expires=1'), contact('<sip:b@192.0.2.9>;expires=2')],
      3600,
    ],
    ['what we asked for, where the parameter is no number', [contact('<sip:t@192.0.2.1>;expires=-1')], 3600],
  ];
  for (const [title, headers, seconds] of granted) {
    it(`takes the interval from ${title}`, () => {
      assert.ok(CONTACT);
      assert.equal(grantedSeconds(response(...headers), CONTACT, 3600), seconds);
    });
  }

  it('refreshes before the interval ends, spread over a part of it, and never all the time', () => {
    assert.equal(refreshDelayMs(100, 0), 70_000);
    assert.equal(refreshDelayMs(100, 1), 85_000);
    assert.equal(refreshDelayMs(0, 0), 5_000);
  });

  const waits: [
    status: number,
    failures: number,
    retryAfter: string | undefined,
    random: number,
    ms: number,
  ][] = [
    [408, 1, undefined, 1, 30_000],
    [503, 1, undefined, 0, 15_000],
    [503, 3, undefined, 1, 120_000],
    [408, 30, undefined, 1, 30 * 60_000],
    [503, 1, '90', 0, 90_000],
    [503, 1, '90 (soon);duration=3', 0, 90_000],
    [503, 3, '1', 1, 120_000],
    [403, 1, undefined, 1, 5 * 60_000],
    [403, 9, undefined, 1, 60 * 60_000],
    [403, 2, undefined, 0, 5 * 60_000],
  ];
  for (const [status, failures, retryAfter, random, ms] of waits) {
    it(`waits ${ms} ms after failure ${failures} by ${status}, Retry-After ${retryAfter}, jitter ${random}`, () => {
      assert.equal(retryDelayMs(status, failures, retryAfter, random), ms);
    });
  }

  it('gives in to a registrar that wants it longer, once and within reason', () => {
    const brief = (value: string) => response({ name: 'Min-Expires', value });
    assert.equal(longerExpiry(brief('600'), 60), 600);
    assert.equal(longerExpiry(brief('60'), 60), undefined);
    assert.equal(longerExpiry(brief('4000000'), 60), undefined);
    assert.equal(longerExpiry(response(), 60), undefined);
  });
});
