import { RequestInvalidError } from './failure.ts';

/** Runs a check of something nested; what it refuses is named by its whole path in the body. */
export function underPath<T>(path: readonly PropertyKey[], check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof RequestInvalidError)) throw error;
    throw new RequestInvalidError(
      error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })),
    );
  }
}
