import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { ExchangeError } from '../../domain/errors.ts';
import { createSigningSecret, withNewSigningSecret } from '../../domain/orgs/signing-secret.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { openStorage, type Storage } from '../../storage/open-storage.ts';
import { OrgSigner } from './org-signer.ts';

const BODY = '{"a":1}';
let clock: FakeClock;
let storage: Storage;
let signer: OrgSigner;

beforeEach(async () => {
  clock = new FakeClock(Date.now());
  storage = await openStorage({ dataDir: ':memory:', clock, logger: silentLogger });
  await storage.orgs.insertOrg({ id: 'org', name: 'Org', createdAt: 0 });
  signer = new OrgSigner({ orgs: storage.orgs, clock });
});
afterEach(() => storage.close());

const secretsOf = async () => (await storage.orgs.getOrg('org'))?.signingSecrets ?? [];

test('the first message makes the first secret, once, however many come at the same time', async () => {
  const other = new OrgSigner({ orgs: storage.orgs, clock });
  const signed = await Promise.all(
    [signer, signer, other].map((each, index) => each.headers('org', `m${index}`, BODY)),
  );
  const secrets = await secretsOf();
  assert.equal(secrets.length, 1);
  for (const headers of signed) new Webhook(secrets[0]?.secret.reveal() ?? '').verify(BODY, headers);
});

test('a new secret signs beside the old one until that expires', async () => {
  await signer.headers('org', 'm1', BODY);
  const [old] = await secretsOf();
  const made = createSigningSecret(clock.now());
  await storage.orgs.updateOrg('org', (org) => withNewSigningSecret(org, made, 10_000, clock.now()));
  clock.advance(2_000);
  const both = await signer.headers('org', 'm2', BODY);
  for (const secret of [old, made]) new Webhook(secret?.secret.reveal() ?? '').verify(BODY, both);
  clock.advance(10_000);
  const one = await signer.headers('org', 'm3', BODY);
  assert.equal(one['webhook-signature'].split(' ').length, 1);
  new Webhook(made.secret.reveal()).verify(BODY, one);
});

test('an org that is not there is an error each time, until it is there', async () => {
  await assert.rejects(signer.headers('late', 'm1', BODY), ExchangeError);
  await storage.orgs.insertOrg({ id: 'late', name: 'Late', createdAt: 0 });
  assert.match((await signer.headers('late', 'm1', BODY))['webhook-signature'], /^v1,/);
});
