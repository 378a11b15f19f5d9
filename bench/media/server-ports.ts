/** RTP ports of what is measured, by which its packets are known on the wire: away from where a running exchange has its calls. */
export const SERVER_PORTS = { from: 24_000, to: 25_999 };
