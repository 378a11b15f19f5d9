import type { HttpCall } from './http-load.ts';

/** Digits of a number that are looked for: few numbers share that many. */
const NEEDLE_DIGITS = 6;

export interface Operation {
  name: string;
  label: string;
  method: HttpCall['method'];
  status: number;
  /** A request to the exchange. */
  call(pick: Picker): HttpCall;
}

/** What is in the store that the requests go to. */
export interface Picker {
  id(): string;
  /** Digits that at least one seeded number ends with. */
  digits(): string;
  serial(): number;
}

/** @param numbers how many were seeded. */
export function pickerOf(ids: readonly string[], numbers: number): Picker {
  let serial = 0;
  return {
    id: () => ids[Math.floor(Math.random() * ids.length)] as string,
    digits: () => String(Math.floor(Math.random() * numbers)).padStart(NEEDLE_DIGITS, '0'),
    serial: () => {
      serial += 1;
      return serial;
    },
  };
}

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'get',
    label: 'GET /phone-number/{id}',
    method: 'GET',
    status: 200,
    call: (pick) => ({ method: 'GET', path: `/phone-number/${pick.id()}` }),
  },
  {
    name: 'list',
    label: 'GET /phone-number, 25 a page',
    method: 'GET',
    status: 200,
    call: () => ({ method: 'GET', path: '/phone-number?limit=25' }),
  },
  {
    name: 'page',
    label: 'GET /v2/phone-number, 25 and the total',
    method: 'GET',
    status: 200,
    call: () => ({ method: 'GET', path: '/v2/phone-number?limit=25' }),
  },
  {
    name: 'search',
    label: 'GET /v2/phone-number, search by 6 digits',
    method: 'GET',
    status: 200,
    call: (pick) => ({ method: 'GET', path: `/v2/phone-number?limit=25&search=${pick.digits()}` }),
  },
  {
    name: 'post',
    label: 'POST /phone-number',
    method: 'POST',
    status: 201,
    call: (pick) => ({
      method: 'POST',
      path: '/phone-number',
      body: JSON.stringify({ provider: 'vapi', name: `Bench line ${pick.serial()}` }),
    }),
  },
];
