import * as z from 'zod';
import { flag, given, identityShape } from '../fields.ts';
import { named, perRevision } from '../revision.ts';

const MAX_SECRET_LENGTH = 4096;
const MAX_NUMBERS = 1000;
const MAX_NUMBER_LENGTH = 100;

const twilio = z.literal('account_connection_twilio');
const openAi = z.literal('account_connection_openai');
const phoneNumber = z.string().min(1).max(MAX_NUMBER_LENGTH);
const secret = () => z.string().min(1).max(MAX_SECRET_LENGTH).meta({ writeOnly: true });

const twilioCredentials = z.object({ twilio_account_sid: z.string().min(1), twilio_auth_token: secret() });
const openAiCredentials = z.object({ openai_api_key: secret() });

const twilioShape = {
  credentials: twilioCredentials,
  type: twilio,
  steering_pool: z.array(phoneNumber).max(MAX_NUMBERS).optional(),
  account_supports_any_caller_id: flag().default(false),
};
const openAiShape = { credentials: openAiCredentials, type: openAi };

export const accountConnectionSchemas = perRevision((revision) => ({
  params: named(
    revision,
    'AccountConnectionParamsRequest',
    z.discriminatedUnion('type', [z.object(twilioShape), z.object(openAiShape)]),
  ),
  update: named(
    revision,
    'AccountConnectionUpdateParamsRequest',
    z.discriminatedUnion('type', [
      z.object({
        type: twilio,
        credentials: given(twilioCredentials),
        // The vendor's own update lacks these two.
        steering_pool: given(twilioShape.steering_pool),
        account_supports_any_caller_id: given(flag()),
      }),
      z.object({ type: openAi, credentials: given(openAiCredentials) }),
    ]),
  ),
  shown: named(
    revision,
    'AccountConnectionResponseModel',
    z.union([z.object({ ...identityShape, ...twilioShape }), z.object({ ...identityShape, ...openAiShape })]),
  ),
  addToPool: named(
    revision,
    'AddToSteeringPoolRequest',
    z.object({ phone_number: phoneNumber.nullish() }).nullish(),
  ),
  removeFromPool: named(revision, 'RemoveFromSteeringPoolRequest', z.object({ phone_number: phoneNumber })),
  nothing: named(revision, 'Nothing', z.object({})),
}));

type Schemas = ReturnType<typeof accountConnectionSchemas>;
export type AccountConnectionParams = z.output<Schemas['params']>;
export type AccountConnectionUpdateParams = z.output<Schemas['update']>;
