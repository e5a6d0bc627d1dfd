import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { type Json, type JsonRecord, list, text } from '../../../src/model/json.ts';
import { type Apiserver, startApiserver, writeKubeconfig } from './apiserver.ts';
import { startKubelet } from './kubelet.ts';
import { addressesOf, stored } from './objects.ts';
import { troublemaker } from './troublemaker.ts';

/** A capture with its expectation. */
export type Incident = { readonly folder: string; readonly now: number; readonly words: readonly string[] };

/** The incident in a folder that holds `capture` and `expect.json`. */
export function incidentIn(folder: string): Incident {
  const expected: Json = JSON.parse(readFileSync(join(folder, 'expect.json'), 'utf8'));
  return { folder, now: Date.parse(text(expected, 'now') ?? ''), words: (text(expected, 'command') ?? 'check').split(' ') };
}

export type LiveIncident = { readonly server: Apiserver; readonly kubeconfig: string; readonly stop: () => Promise<void> };

/**
 * A real apiserver that holds what the capture holds, all times moved so that its now is now, and a kubelet that serves its logs.
 * Only the server's version is told as the capture has it, for bugs are known by it.
 */
export async function bringToLife({ folder, now }: Incident): Promise<LiveIncident> {
  const shift = Math.round((Date.now() - now) / 1000) * 1000;
  const objects = objectsIn(join(folder, 'capture'));
  const services = objects.filter((object) => object['kind'] === 'Service');
  const kubelet = await startKubelet(
    join(tmpdir(), `ipconflict-kubelet-${process.pid}-${++lives}.sock`),
    ({ namespace, pod, container, query }) => {
      const previous = query.get('previous') === 'true';
      const file = join(folder, 'capture', 'logs', namespace, pod, `${container}${previous ? '.previous' : ''}.log`);
      if (existsSync(file)) return { text: shiftLog(readFileSync(file, 'utf8'), shift, now) };
      if (previous) return { status: 400, text: `previous terminated container "${container}" in pod "${pod}" not found` };
      return { status: 404, text: 'the capture does not hold this log' };
    },
  );
  const known = new Set(objects.filter((object) => object['kind'] === 'IPAddress').map((object) => text(object, 'metadata', 'name')));
  const addresses = new Map(
    addressesOf(services)
      .map((object) => [text(object, 'metadata', 'name'), object] as const)
      .filter(([name]) => !known.has(name)),
  );
  const server = await startApiserver({
    objects: stored([...objects, ...addresses.values()], shift),
    kubelet: kubelet.socket,
    serviceRange: serviceRange(objects),
  });
  const gitVersion = serverVersion(objects);
  const front = await troublemaker(server.url, ({ url }) =>
    url.pathname === '/version' ? { status: 200, body: { gitVersion } } : undefined,
  );
  const stop = async (): Promise<void> => {
    front.close();
    await server.stop();
    kubelet.close();
  };
  return { server, kubeconfig: writeKubeconfig(server.folder, 'admin', { server: front.url }), stop };
}

let lives = 0;

function objectsIn(folder: string): JsonRecord[] {
  const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  const documents = files.flatMap((file) => loadAll(readFileSync(join(folder, file), 'utf8')) as Json[]);
  return documents.flatMap((document) => (text(document, 'kind')?.endsWith('List') ? list(document, 'items') : [document])) as JsonRecord[];
}

function serverVersion(objects: readonly JsonRecord[]): string | undefined {
  const stated = /kube-apiserver:(v[\d.]+)|"kubeletVersion":"(v[^"]+)"/.exec(JSON.stringify(objects));
  return stated?.[1] ?? stated?.[2];
}

/** The Service range that the capture states, else the one around its first Service of each family. */
function serviceRange(objects: readonly JsonRecord[]): string {
  const stated = /--service-cluster-ip-range=([\d.:a-f/,]+)|serviceSubnet: ?([\d.:a-f/,]+)/.exec(JSON.stringify(objects));
  if (stated) return (stated[1] ?? stated[2])!;
  const ips = objects.flatMap((object) => (object['kind'] === 'Service' ? list(object, 'spec', 'clusterIPs') : [])) as string[];
  const four = ips.find((ip) => /^\d+\./.test(ip));
  const six = ips.find((ip) => ip.includes(':'));
  const ranges = [four && `${four.split('.').slice(0, 2).join('.')}.0.0/16`, six && `${six.slice(0, six.lastIndexOf(':'))}:0/112`];
  return ranges.filter(Boolean).join(',') || '10.96.0.0/16';
}

const FULL_TIME = /\d{4}([-/])\d{2}\1\d{2}[T ]\d{2}:\d{2}:\d{2}/g;
const KLOG_TIME = /(?<=(?:^|\s)[IWEF])(\d{2})(\d{2})\s(\d{2}:\d{2}:\d{2})(?=\.\d+)/;

/** Moves the times that lines state, and puts before each what a kubelet puts there for `timestamps`; lines that state none stay bare. */
function shiftLog(log: string, shift: number, now: number): string {
  const moved = (time: number): string => new Date(time + shift).toISOString().slice(0, 19);
  const year = new Date(now).getUTCFullYear();
  const lines = log.split('\n').map((line) => {
    let first: string | undefined;
    const shifted = line
      .replace(FULL_TIME, (time, dash: string) => {
        const here = moved(Date.parse(`${time.replaceAll('/', '-').replace(' ', 'T')}Z`));
        first ??= here;
        return (time.includes(' ') ? here.replace('T', ' ') : here).replaceAll('-', dash);
      })
      .replace(KLOG_TIME, (_, month: string, day: string, time: string) => {
        const guess = Date.parse(`${year}-${month}-${day}T${time}Z`);
        const here = moved(guess > now + 86_400_000 ? Date.parse(`${year - 1}-${month}-${day}T${time}Z`) : guess);
        first ??= here;
        return `${here.slice(5, 7)}${here.slice(8, 10)} ${here.slice(11)}`;
      });
    return first === undefined ? line : `${first}.000000000Z ${shifted}`;
  });
  return lines.join('\n');
}
