export { fromServer } from '../../server/customer-server.ts';
