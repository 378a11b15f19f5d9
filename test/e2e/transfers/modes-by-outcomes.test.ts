import { playTransferMatrix } from '../../support/play-transfer-matrix.ts';

/** The gate plays one cell in so many, so that each mode and each outcome has its turn; the whole is a long test. */
const SHARE = 4;

playTransferMatrix((mode, outcome) => (mode + outcome) % SHARE === 0);
