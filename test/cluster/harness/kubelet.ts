import { createServer as createTcpServer } from 'node:net';
import { createServer } from 'node:https';
import { certificate } from './certificate.ts';

/** What the stand-in kubelet says to a request for a log. `delay` in milliseconds; `cut` breaks the connection after the text. */
export type LogAnswer = { readonly status?: number; readonly text: string; readonly delay?: number; readonly cut?: boolean };
export type LogRequest = { readonly namespace: string; readonly pod: string; readonly container: string; readonly query: URLSearchParams };

export type Kubelet = { readonly socket: string; readonly requests: LogRequest[]; readonly close: () => void };

/** A kubelet for every node, behind the proxy at which an apiserver's connections to kubelets end. */
export async function startKubelet(socket: string, answer: (request: LogRequest) => LogAnswer): Promise<Kubelet> {
  const requests: LogRequest[] = [];
  const { cert, key } = certificate('kubelet');
  const kubelet = createServer({ cert, key }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://kubelet');
    const [, , namespace = '', pod = '', container = ''] = pathname.split('/').map(decodeURIComponent);
    const asked = { namespace, pod, container, query: searchParams };
    requests.push(asked);
    const { status = 200, text, delay = 0, cut = false } = answer(asked);
    setTimeout(() => {
      response.writeHead(status, { 'content-type': 'text/plain' });
      if (cut) response.write(text, () => response.destroy());
      else response.end(text);
    }, delay);
  });
  const proxy = createTcpServer((connection) => {
    connection.on('error', () => connection.destroy());
    connection.once('data', (first: Buffer) => {
      if (!first.toString('latin1').startsWith('CONNECT ')) return connection.destroy();
      connection.write('HTTP/1.1 200 Connection established\r\n\r\n');
      kubelet.emit('connection', connection);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(socket, resolve));
  return { socket, requests, close: () => (proxy.close(), kubelet.closeAllConnections()) };
}
