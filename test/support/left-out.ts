/**
 * Options of a test, or a suite, that this machine cannot run: it is left out and says why.
 * @param reason what the machine lacks, and how it gets that
 * @throws where CI is `true`: there the machine has all that is tested against, and what is missing must not pass for a success.
 */
export function leftOut(reason: string): { skip: string } {
  if (process.env.CI === 'true') throw new Error(reason);
  return { skip: reason };
}
