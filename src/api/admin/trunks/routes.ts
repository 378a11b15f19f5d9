import * as z from 'zod';
import type { TrunkReports } from '../../../domain/trunks/trunk-report.ts';
import { type Route, route } from '../../server/route.ts';
import { known } from '../known.ts';
import { idParams } from '../schema.ts';
import { fromTrunkReport } from './from-domain.ts';
import { trunkSchema } from './schema.ts';

export interface TrunksContext {
  trunkReports: TrunkReports;
  /** Host of the SIP URIs that the exchange makes; asked anew each time. */
  sipDomain(): string;
}

/** How the org's trunks do. They are made and changed as credentials, through any dialect. */
export function trunkRoutes({ trunkReports, sipDomain }: TrunksContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/trunks',
      operationId: 'listTrunks',
      summary: 'Trunks with their health, the oldest first',
      tag: 'Trunks',
      status: 200,
      response: z.array(trunkSchema),
      handle: async ({ orgId }) =>
        trunkReports.reportsOf(orgId).map((report) => fromTrunkReport(report, sipDomain())),
    }),
    route({
      method: 'GET',
      path: '/trunks/:id',
      operationId: 'getTrunk',
      summary: 'One trunk with its health, and who was turned away',
      tag: 'Trunks',
      params: idParams,
      status: 200,
      response: trunkSchema,
      handle: async ({ orgId, params }) =>
        fromTrunkReport(known(trunkReports.reportOf(orgId, params.id), 'trunk'), sipDomain()),
    }),
  ];
}
