/** Largest body taken, in bytes: an assistant with a long prompt and fifty tools is about a tenth of it. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Deepest nesting of a JSON body; real bodies stay below ten, JSON schemas of tools below thirty. */
export const MAX_BODY_DEPTH = 64;

/** Longest path segment that can be an id; a UUID has 36 characters. */
export const MAX_PARAMETER_LENGTH = 100;

/** How much of a path an error text repeats, in characters. */
export const MAX_ECHOED_PATH_LENGTH = 200;

/** Longest bearer key, in characters; longer ones are not even hashed. */
export const MAX_KEY_LENGTH = 512;

/** A client that has not sent its whole request by then is cut off (slowloris). */
export const REQUEST_TIMEOUT_MS = 30_000;

/** Longer than the 60 s for which common load balancers keep an idle connection. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** How long a known key is trusted without asking the store again; another process's revocation takes this long. */
export const KEY_CACHE_TTL_MS = 2_000;

/** Keys held in the cache; the oldest gives way. */
export const KEY_CACHE_SIZE = 10_000;

/** Seconds after which a client should try again while the exchange starts or drains. */
export const RETRY_AFTER_SECONDS = 5;
