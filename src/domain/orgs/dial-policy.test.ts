import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { homeCountryOf, type OutboundPolicy, refusalOfNumber } from './dial-policy.ts';
import { readDialled } from './dialled-number.ts';

const of = (dialled: string, policy: OutboundPolicy = {}, homeCountry: string | undefined = 'US') =>
  refusalOfNumber(policy, dialled, { by: 'call', homeCountry });

describe('an org that says nothing', () => {
  it('calls its home country, in whatever form it is dialled', () => {
    for (const dialled of [
      '+14155550123',
      '4155550123',
      '14155550123',
      '+1 (415) 555-0123',
      'tel:+14155550123',
    ])
      assert.equal(of(dialled), undefined, dialled);
    for (const dialled of ['+4930123456', '030123456'])
      assert.equal(of(dialled, {}, 'DE'), undefined, dialled);
  });

  it('calls extensions and names behind its trunk', () => {
    for (const dialled of ['1234', 'reception', '201']) assert.equal(of(dialled), undefined, dialled);
  });

  it('calls nobody abroad, also where the country has the same code', () => {
    assert.match(of('+442079460018') ?? '', /abroad \(GB\)/);
    assert.match(of('+18765551234') ?? '', /abroad \(JM\)/);
    assert.match(of('00442079460018') ?? '', /abroad \(GB\)/);
    assert.match(of('011442079460018') ?? '', /abroad \(GB\)/);
  });

  it('calls no premium, satellite or global number, and no directory enquiries', () => {
    assert.match(of('+19005550123') ?? '', /premium/);
    assert.match(of('+447012345678', {}, 'GB') ?? '', /premium/);
    for (const code of ['870', '881', '882', '883', '979'])
      assert.match(of(`+${code}16123456`) ?? '', /satellite/, code);
    assert.match(of('11833', {}, 'DE') ?? '', /directory/);
    assert.match(of('118118', {}, 'GB') ?? '', /directory/);
  });

  it('is not misled by scripts, separators, parameters or escapes', () => {
    for (const dialled of [
      '+٨٨٢١٦١٢٣٤٥٦',
      '＋88216123456',
      '%2B88216123456',
      'sip:+882-16-123456@x;user=phone',
      '+88216123456;ext=1',
      '+88216123456,,1',
      '00 882 16123456',
    ])
      assert.match(of(dialled) ?? '', /satellite/, dialled);
    assert.match(of('1900CALLNOW') ?? '', /premium/);
  });

  it('calls nobody where no country is home', () => {
    const refusal = refusalOfNumber({}, '+14155550123', { by: 'call', homeCountry: undefined });
    assert.match(refusal ?? '', /no home country/);
  });
});

describe('emergency numbers', () => {
  const forms = ['911', '112', '999', '9911', '+1911', '1911', '00112', '١١٢'];
  it('are never called from within a call, whatever the org allows', () => {
    for (const dialled of forms)
      assert.match(of(dialled, { allowEmergency: true, allowedPrefixes: ['+'] }) ?? '', /emergency/, dialled);
  });

  it('are called by the API where the org allows it', () => {
    for (const dialled of forms) {
      assert.equal(
        refusalOfNumber({ allowEmergency: true }, dialled, { by: 'api', homeCountry: 'US' }),
        undefined,
      );
      assert.match(
        refusalOfNumber({}, dialled, { by: 'api', homeCountry: 'US' }) ?? '',
        /emergency/,
        dialled,
      );
    }
  });

  it('are those of the home country', () => {
    assert.match(of('110', {}, 'DE') ?? '', /emergency/);
    assert.equal(of('110', {}, 'US'), undefined);
  });
});

describe('an org that names prefixes', () => {
  it('calls what they begin, and nothing at home beside it', () => {
    const policy = { allowedPrefixes: ['+44'] };
    assert.equal(of('+442079460018', policy), undefined);
    assert.match(of('+14155550123', policy) ?? '', /not among/);
    assert.equal(of('+4930123456', { allowedPrefixes: ['+'] }), undefined);
  });

  it('calls premium and satellite numbers only by a prefix that names them', () => {
    assert.match(of('+19005550123', { allowedPrefixes: ['+', '+1'] }) ?? '', /premium/);
    assert.equal(of('+19005550123', { allowedPrefixes: ['+1900'] }), undefined);
    assert.match(of('+88216123456', { allowedPrefixes: ['+'] }) ?? '', /satellite/);
    assert.equal(of('+88216123456', { allowedPrefixes: ['+882'] }), undefined);
    assert.equal(of('11833', { allowedPrefixes: ['118'] }, 'DE'), undefined);
  });
});

it('home is what the org says, else the country of its number, else the setting', () => {
  assert.equal(homeCountryOf({ homeCountry: 'DE' }, '+14155550100', 'FR'), 'DE');
  assert.equal(homeCountryOf({}, '+14155550100', 'FR'), 'US');
  assert.equal(homeCountryOf({}, 'desk', 'FR'), 'FR');
  assert.equal(homeCountryOf({}, undefined, undefined), undefined);
});

it('a number is read in all the ways that somebody may take it', () => {
  assert.deepEqual(readDialled('0030123456', 'DE'), {
    digits: '0030123456',
    readings: ['+30123456', '+49030123456'],
  });
  assert.equal(readDialled('desk', 'DE'), undefined);
});
