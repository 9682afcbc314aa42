import { CLAIMS } from '../../test/lambdas/serving/world.ts';
import { httpGateway } from '../../test/support/http-gateway.ts';
import { smallWorld } from './small-world.ts';

/** The serving function behind a small HTTP server, in a process of its own; told where by a message. */

const world = await smallWorld();
const line = (message: string, fields: Record<string, unknown>): void =>
  console.log(JSON.stringify({ message, timestamp: new Date().toISOString(), ...fields }));
Object.assign(world.log, { info: line, error: line });
const { address } = await httpGateway(world.sandbox(), CLAIMS);
process.send?.(address);
