import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';

export type CountingProxy = {
  /** The target's URL, by way of the proxy. */
  readonly url: string;
  /** Bytes that came from the target so far. */
  readonly received: () => number;
  readonly close: () => void;
};

/** Passes connections on to a server of this machine, TLS or not, and counts what comes back. */
export async function countingProxy(target: string): Promise<CountingProxy> {
  const { port, hostname, protocol } = new URL(target);
  const sockets = new Set<Socket>();
  let received = 0;
  const server = createServer((socket) => {
    const onward = connect(Number(port), hostname);
    onward.on('data', (chunk: Buffer) => (received += chunk.length));
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => (socket.destroy(), onward.destroy())).on('close', () => sockets.delete(end));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  return {
    url: `${protocol}//127.0.0.1:${address.port}`,
    received: () => received,
    close: () => (server.close(), sockets.forEach((socket) => socket.destroy())),
  };
}
