import * as z from 'zod';

export {
  assign,
  type Compact,
  compact,
  headerMap,
  headerText,
  hostName,
  MAX_HOST_LENGTH,
  serverUrl,
  sipUri,
  socketUrl,
  uuid,
} from '../server/fields.ts';

const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

export const instant = () =>
  z
    .string()
    .refine((text) => ISO_8601.test(text) && Number.isFinite(Date.parse(text)), {
      message: 'must be a valid ISO 8601 date string',
    })
    .meta({ format: 'date-time' });

/** An object whose keys mean nothing to the exchange. */
export const anyObject = () => z.record(z.string(), z.unknown());
