import { playTransferMatrix } from '../../support/play-transfer-matrix.ts';
import { CASES } from '../../support/transfer-matrix.ts';

/** The gate plays one cell in so many, so that each mode and each outcome has its turn; the whole is a long test. */
const SHARE = 4;
/** It takes 15 s until a line is taken as dead: left to the long test. */
const isQuick = (outcome: number) => CASES[outcome]?.leaves !== 'network-after-join';

playTransferMatrix((mode, outcome) => isQuick(outcome) && (mode + outcome) % SHARE === 0);
