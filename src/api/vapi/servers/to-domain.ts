export { toServer } from '../../server/customer-server.ts';
