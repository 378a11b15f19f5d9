import { playTransferMatrix } from '../support/play-transfer-matrix.ts';

playTransferMatrix(() => true);
