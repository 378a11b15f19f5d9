import { constants } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Source } from '../session/session.ts';

/** What we show to peers, in PEM: the certificate, those that lead to its authority behind it, and its private key. */
export interface TlsIdentity {
  cert: string;
  key: string;
}

/** Older versions are broken and forbidden (RFC 8996). */
const MIN_VERSION = 'TLSv1.2';
/** A renegotiation costs the server ten times what it costs the client, and nobody needs one. */
const SECURE_OPTIONS = constants.SSL_OP_NO_RENEGOTIATION;

/** Both sides of TLS over TCP (RFC 3261 section 26.2.1): speaks as the server with our identity, verifies as the client. */
export class TlsEndpoint {
  readonly #identity: TlsIdentity | undefined;
  readonly #ca: string | undefined;
  readonly #serverContext: SecureContext | undefined;
  #clientContext: SecureContext | undefined;

  /**
   * @param ca authorities in PEM to trust instead of Node's own list.
   * @throws Node's error where the identity is no PEM, or its key is another's or too weak.
   */
  constructor(identity: TlsIdentity | undefined, ca: string | undefined) {
    this.#identity = identity;
    this.#ca = ca;
    this.#serverContext =
      identity &&
      createSecureContext({ ...identity, minVersion: MIN_VERSION, secureOptions: SECURE_OPTIONS });
  }

  /** Speaks TLS on a connection that a peer made. A handshake that fails ends the socket with its error. */
  accept(connection: Socket): TLSSocket {
    if (!this.#serverContext) throw new Error('no certificate to accept TLS with');
    return new TLSSocket(connection, { isServer: true, secureContext: this.#serverContext });
  }

  /**
   * Connects to a peer. What is written waits until its certificate is found to come from an authority that we trust and
   * to bear the peer's name (RFC 5922 section 7.2), its address where it has none; else the socket ends with the error.
   * @throws Node's error where the trusted authorities are no PEM.
   */
  connect(peer: Source, localAddress: string | undefined): TLSSocket {
    const name = peer.name ?? peer.address;
    const socket = connect({
      host: peer.address,
      port: peer.port,
      // An address is no server name (RFC 6066 section 3).
      servername: isIP(name) === 0 ? name : '',
      checkServerIdentity: (_name, certificate) => checkServerIdentity(name, certificate),
      rejectUnauthorized: true,
      secureContext: this.#contextForCalls(),
      ...(localAddress !== undefined && { localAddress }),
    });
    socket.setNoDelay(true);
    return socket;
  }

  /** Made on the first use, as it loads the list of authorities. A peer that asks who we are is shown our identity. */
  #contextForCalls(): SecureContext {
    this.#clientContext ??= createSecureContext({
      ...this.#identity,
      minVersion: MIN_VERSION,
      ...(this.#ca !== undefined && { ca: this.#ca }),
    });
    return this.#clientContext;
  }
}
