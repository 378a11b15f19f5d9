import { randomBytes } from 'node:crypto';
import { newId } from '../../lib/ids.ts';
import { Secret } from '../../lib/secret.ts';
import type { PhoneNumber } from '../numbers/number.ts';
import type { InboundTrunk, Org } from './org.ts';

/** Random bytes in the password of a trunk: more than anybody can try. */
const PASSWORD_BYTES = 24;
const USERNAME_BYTES = 8;

export function createInboundTrunk(now: number): InboundTrunk {
  return {
    id: newId(now),
    username: `trunk-${randomBytes(USERNAME_BYTES).toString('hex')}`,
    password: new Secret(randomBytes(PASSWORD_BYTES).toString('base64url')),
    numbers: [],
    krispEnabled: true,
  };
}

/** The org after numbers joined its trunk; its account stays once it has one. */
export function withTrunkNumbers(
  org: Org,
  { numbers, krispEnabled, made }: { numbers: readonly string[]; krispEnabled?: boolean; made: InboundTrunk },
  now: number,
): Org {
  const trunk = org.inboundTrunk ?? made;
  return {
    ...org,
    inboundTrunk: {
      ...trunk,
      numbers: [...new Set([...trunk.numbers, ...numbers])],
      krispEnabled: krispEnabled ?? trunk.krispEnabled,
    },
    updatedAt: now,
  };
}

export function withoutTrunkNumber(org: Org, number: string, now: number): Org {
  const { inboundTrunk: trunk } = org;
  if (!trunk) return org;
  const numbers = trunk.numbers.filter((one) => one !== number);
  return { ...org, inboundTrunk: { ...trunk, numbers }, updatedAt: now };
}

/** The number once it is on the trunk. Its calls come straight to us then, so there is no carrier to wait for. */
export function withTrunkAccount(
  number: PhoneNumber,
  { username, password }: InboundTrunk,
  now: number,
): PhoneNumber {
  const status = number.status === 'activating' ? 'active' : number.status;
  return { ...number, authentication: { username, password }, status, updatedAt: now };
}

/**
 * The number after it left the trunk: a carrier's waits for its carrier again. One that has got another account since
 * keeps that and all else.
 */
export function withoutTrunkAccount(
  number: PhoneNumber,
  { username }: InboundTrunk,
  now: number,
): PhoneNumber {
  if (number.authentication?.username !== username) return number;
  const { authentication: _, ...rest } = number;
  const isWaiting = number.carrier !== 'sip' && number.status === 'active';
  return { ...rest, status: isWaiting ? 'activating' : number.status, updatedAt: now };
}
