import { randomBytes } from 'node:crypto';
import type { DigestAuthentication } from '../../domain/numbers/number.ts';
import type { DigestAccount, DigestVerdict, DigestVerifier } from '../../sip/auth/digest-verifier.ts';
import { headerValue } from '../../sip/message/headers.ts';
import type { HeaderLine, SipRequest } from '../../sip/message/message.ts';
import { algorithmsFor } from './digest-algorithms.ts';
import type { SourceBans } from './source-bans.ts';

export interface CallerAuthenticationOptions {
  digest: DigestVerifier;
  /** Of a number whose `authentication` names none, and of users that there are not. */
  realm: string;
  /** Told of every caller who sends wrong credentials. Those whom it bans are not believed, whatever they send. */
  bans: Pick<SourceBans, 'isBanned' | 'failed'>;
  onVerdict: (verdict: DigestVerdict) => void;
}

/** An INVITE, and the address that its caller has, also behind a proxy of ours. */
interface Caller {
  request: SipRequest;
  address: string;
}

/** Asks callers for the account of the number that they call (RFC 3261 section 22). */
export class CallerAuthentication {
  readonly #options: CallerAuthenticationOptions;
  /** Nobody's: whoever calls a user that there is not is checked against it, which takes as long as against a real one. */
  readonly #decoy: DigestAccount;

  constructor(options: CallerAuthenticationOptions) {
    this.#options = options;
    const random = () => randomBytes(16).toString('hex');
    this.#decoy = { realm: options.realm, username: random(), password: random() };
  }

  /** @returns the challenge to refuse the INVITE with; undefined where its credentials are right. */
  challengeFor(caller: Caller, account: DigestAuthentication): HeaderLine[] | undefined {
    const { realm = this.#options.realm, username, password } = account;
    return this.#check(caller, { realm, username, password: password.reveal() });
  }

  /** The challenge of a user that there is not: the same as that of one with an account. */
  decoyChallenge(caller: Caller): HeaderLine[] {
    return this.#check(caller, this.#decoy) ?? [];
  }

  #check({ request, address }: Caller, account: DigestAccount): HeaderLine[] | undefined {
    const { digest, bans, onVerdict } = this.#options;
    // A gateway is let in while it is banned, as its trunk's calls are; whose gateway it is, its org alone has said.
    const verdict = bans.isBanned(address) ? 'wrong' : digest.verify(request, account);
    onVerdict(verdict);
    if (verdict === 'wrong') bans.failed(address);
    if (verdict === 'ok') return undefined;
    const algorithms = algorithmsFor(headerValue(request, 'User-Agent'));
    const challenges = digest.challenge(account.realm, { stale: verdict === 'stale', algorithms });
    return challenges.map((value) => ({ name: 'WWW-Authenticate', value }));
  }
}
