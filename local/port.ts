import { createServer } from 'node:net';

/** Where AWS emulators listen by custom. */
const CUSTOMARY = 4566;

/** The port asked for; else 4566 when it is free, else any free port. */
export async function choosePort(asked?: number): Promise<number> {
  if (asked) {
    if (await isFree(asked)) return asked;
    throw new Error(`port ${asked} is taken; stop what listens there or choose another --port`);
  }
  if (asked === undefined && (await isFree(CUSTOMARY))) return CUSTOMARY;
  return listen(0);
}

async function isFree(port: number): Promise<boolean> {
  return listen(port).then(
    () => true,
    () => false,
  );
}

/** Listens for a moment on loopback and says on which port. */
function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const got = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve(got));
    });
  });
}
