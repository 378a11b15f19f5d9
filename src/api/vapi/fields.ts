import * as z from 'zod';
import { headerText } from '../server/fields.ts';

export {
  assign,
  type Compact,
  compact,
  headerMap,
  headerText,
  serverUrl,
  socketUrl,
  uuid,
} from '../server/fields.ts';

/** Longest SIP URI taken, in characters; with it every request still fits a UDP packet. */
const MAX_SIP_URI_LENGTH = 300;
const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

export const instant = () =>
  z
    .string()
    .refine((text) => ISO_8601.test(text) && Number.isFinite(Date.parse(text)), {
      message: 'must be a valid ISO 8601 date string',
    })
    .meta({ format: 'date-time' });

export const sipUri = () =>
  headerText(MAX_SIP_URI_LENGTH).refine((text) => /^sips?:[^\s<>"]+$/i.test(text), {
    message: 'must be a SIP URI, such as sip:user@host',
  });

/** An object whose keys mean nothing to the exchange. */
export const anyObject = () => z.record(z.string(), z.unknown());
