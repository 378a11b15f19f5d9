import * as z from 'zod';
import { named } from '../errors.ts';
import { instant } from '../schema.ts';

const gatewaySchema = named(
  'TrunkGatewayHealth',
  z.object({
    gateway: z.string().meta({ description: 'Address and port.' }),
    protocol: z.enum(['udp', 'tcp', 'tls', 'tls/srtp']),
    network: z.string().optional().meta({ description: 'Calls from it are let in.' }),
    inbound: z.boolean(),
    outbound: z.boolean(),
    state: z.enum(['up', 'down', 'unknown', 'not-asked']).meta({
      description: 'By OPTIONS; `not-asked` where `optionsPingEnabled` is off, `unknown` before it is clear.',
    }),
    since: instant().optional(),
    lastStatus: z.int().optional().meta({ description: 'SIP status of the last OPTIONS that was answered.' }),
    lastError: z.string().optional().meta({ description: 'Why the last OPTIONS was not answered.' }),
    checkedAt: instant().optional(),
  }),
);

const registrationSchema = named(
  'TrunkRegistration',
  z.object({
    registrar: z.string(),
    username: z.string(),
    realm: z.string().optional(),
    state: z.enum(['registering', 'registered', 'failed', 'closed', 'elsewhere']).meta({
      description: '`elsewhere`: another process on the same store keeps the binding.',
    }),
    lastStatus: z.int().optional().meta({ description: 'SIP status of the last REGISTER.' }),
    since: instant(),
    error: z.string().optional(),
  }),
);

const strangerSchema = named(
  'TrunkStranger',
  z.object({ at: instant(), address: z.string(), dialled: z.string(), why: z.string() }),
);

export const trunkSchema = named(
  'Trunk',
  z.object({
    id: z.string().meta({ description: 'Id of the `byo-sip-trunk` credential.' }),
    name: z.string().optional(),
    sipDomain: z.string().optional().meta({
      description:
        'Host at which calls are for this trunk alone; not there where our SIP domain is an address.',
    }),
    gateways: z.array(gatewaySchema),
    registration: registrationSchema.optional(),
    callsIn: z.int(),
    callsOut: z.int(),
    strangersRefused: z.int(),
    strangers: z.array(strangerSchema).meta({ description: 'The last of them, the newest first.' }),
  }),
);
