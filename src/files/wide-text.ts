import { canonicalAddress } from '../ip/address.ts';
import type { Json, JsonRecord } from '../model/json.ts';

/** Headers kubectl prints, and what stands in for them in custom columns. */
const COLUMNS: Readonly<Record<string, string>> = {
  NAMESPACE: 'namespace',
  NS: 'namespace',
  NAME: 'name',
  POD: 'name',
  PODNAME: 'name',
  POD_NAME: 'name',
  IP: 'ip',
  IPS: 'ip',
  PODIP: 'ip',
  'POD-IP': 'ip',
  POD_IP: 'ip',
  NODE: 'node',
  NODENAME: 'node',
  STATUS: 'status',
  PHASE: 'status',
};
const HEADER = /^\s*(?:[A-Z][A-Z0-9()_-]*)(?:\s+[A-Z][A-Z0-9()_-]*)+\s*$/;
const POD_HEADER = /\bNAME\s+READY\s+STATUS\b/;
const NODE_HEADER = /\bNAME\s+STATUS\s+ROLES\b/;
const SERVICE_HEADER = /\bNAME\s+TYPE\s+CLUSTER-IP\b/;
const NAME = String.raw`[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?`;
const AGE = String.raw`(?:<unknown>|<invalid>|(?:\d+[ydhms])+)`;
const POD = new RegExp(
  String.raw`^(?:(${NAME})\s+)?(?:pod\/)?(${NAME})\s+(\d+)\/(\d+)\s+([A-Z][\w:/.-]*)\s+(\d+)(?:\s+\([^)]*\))?\s+${AGE}\s+([0-9a-fA-F.:]+|<none>)\s+(${NAME}|<none>)(?:\s+(?:${NAME}|<none>))?(?:\s+(?:\d+\/\d+|<none>))?\s*$`,
);
const NODE = new RegExp(
  String.raw`^(?:node\/)?(${NAME})\s+((?:Not)?Ready|Unknown)\S*\s+\S+\s+${AGE}\s+(v\S+)(?:\s+([0-9a-fA-F.:]+|<none>)(?:\s+.*)?)?$`,
);
const SERVICE = new RegExp(
  String.raw`^(?:(${NAME})\s+)?(?:service\/)?(${NAME})\s+(ClusterIP|NodePort|LoadBalancer|ExternalName)\s+([0-9a-fA-F.:]+|None|<none>)\s+(\S+)\s+(\S+)\s+${AGE}(?:\s+\S+)?\s*$`,
);
/** Lines that one row may be spread over by a narrow terminal. */
const MOST_WRAPPED = 6;

export const isHeader = (line: string): boolean =>
  HEADER.test(line) && (POD_HEADER.test(line) || NODE_HEADER.test(line) || SERVICE_HEADER.test(line) || customColumns(line) !== undefined);

/** Positions of known columns in a header of custom columns, when it names pods and their addresses. */
function customColumns(header: string): string[] | undefined {
  const columns = header
    .trim()
    .split(/\s+/)
    .map((word) => COLUMNS[word] ?? '');
  return columns.includes('name') && columns.includes('ip') ? columns : undefined;
}

/** Reads the rows below a header. A row that was wrapped is put together again, with or without a blank at the seam. */
export class TableReader {
  readonly #columns: string[] | undefined;
  readonly #namespace: string | undefined;
  readonly #give: (object: Json) => void;
  #pending: string[] = [];
  #rows = 0;

  constructor(header: string, namespace: string | undefined, give: (object: Json) => void) {
    const known = POD_HEADER.test(header) || NODE_HEADER.test(header) || SERVICE_HEADER.test(header);
    this.#columns = known ? undefined : customColumns(header);
    this.#namespace = namespace;
    this.#give = give;
  }

  /** Takes a line; false when it does not belong to the table. */
  line(line: string): boolean {
    if (line.trim() === '') {
      this.#flush();
      return this.#rows === 0 && this.#pending.length === 0;
    }
    // The rest of a header that was wrapped.
    if (this.#rows === 0 && this.#pending.length === 0 && /^\s*[A-Z][A-Z -]*$/.test(line)) return true;
    if (this.#pending.length > 0 && this.#row([line])) {
      // A whole row: what was waiting for its end never got it.
      this.#pending = [];
      return true;
    }
    this.#pending.push(line);
    if (this.#row(this.#pending)) {
      this.#pending = [];
      return true;
    }
    if (this.#pending.length < MOST_WRAPPED) return true;
    this.#pending = [];
    return false;
  }

  end(): void {
    this.#flush();
  }

  #flush(): void {
    if (this.#pending.length > 0) this.#row(this.#pending);
    this.#pending = [];
  }

  #row(lines: readonly string[]): boolean {
    for (const text of joined(lines)) {
      const object = this.#columns ? customRow(text, this.#columns, this.#namespace) : looseRow(text, this.#namespace);
      if (object === undefined) continue;
      this.#rows++;
      this.#give(object);
      return true;
    }
    return false;
  }
}

/** Every way of putting wrapped lines together. */
function joined(lines: readonly string[]): string[] {
  return lines
    .slice(1)
    .reduce<string[]>(
      (starts, line) =>
        starts.flatMap((start) => [`${start.trimEnd()} ${line.trimStart()}`, start + line, start.trimEnd() + line.trimStart()]),
      [lines[0] ?? ''],
    );
}

/** A row that shows by itself what it is, also without a header, as `grep` leaves it. */
export function looseRow(line: string, namespace: string | undefined): JsonRecord | undefined {
  const text = line.trim();
  const pod = POD.exec(text);
  if (pod) {
    const [, where, name, ready, containers, status, restarts, ip, node] = pod;
    if (ip !== '<none>' && canonicalAddress(ip) === undefined) return undefined;
    return podFrom({
      namespace: where ?? namespace,
      name: name!,
      status: status!,
      ip,
      node,
      ready: Number(ready),
      containers: Number(containers),
      restarts: Number(restarts),
    });
  }
  const node = NODE.exec(text);
  if (node) return nodeFrom(node[1]!, node[2]!, node[3]!, node[4]);
  const service = SERVICE.exec(text);
  if (!service) return undefined;
  const [, where, name, type, clusterIP, external, ports] = service;
  const shown = canonicalAddress(external);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: where ?? namespace ?? 'default', name },
    spec: { type, clusterIP: clusterIP === '<none>' ? undefined : clusterIP, ports: portsOf(ports!) },
    ...(shown && type === 'LoadBalancer' ? { status: { loadBalancer: { ingress: [{ ip: shown }] } } } : {}),
  };
}

function customRow(line: string, columns: readonly string[], namespace: string | undefined): JsonRecord | undefined {
  const words = line.trim().split(/\s+/);
  if (words.length !== columns.length) return undefined;
  const word = (column: string): string | undefined => words[columns.indexOf(column)];
  const ip = word('ip');
  const name = word('name');
  if (name === undefined || ip === undefined || (ip !== '<none>' && canonicalAddress(ip.split(',')[0]) === undefined)) return undefined;
  return podFrom({ namespace: word('namespace') ?? namespace, name, status: word('status') ?? 'Running', ip, node: word('node') });
}

const portsOf = (ports: string): Json[] =>
  [...ports.matchAll(/(\d+)(?::\d+)?\/([A-Z]+)/g)].map(([, port, protocol]) => ({ port: Number(port), protocol }));

const PENDING = /^(?:Pending|ContainerCreating|PodInitializing|Init:|ImagePull|ErrImage|SchedulingGated|CreateContainer)/;

type Row = {
  namespace: string | undefined;
  name: string;
  status: string;
  ip: string | undefined;
  node: string | undefined;
  ready?: number;
  containers?: number;
  restarts?: number;
};

/**
 * What kubectl prints for pods that will not start again: status.reason as the kubelet sets it (eviction, admission, shutdown of the node),
 * or how the container ended (kubernetes pkg/printers/internalversion/printers.go, pkg/kubelet/lifecycle).
 */
const FAILED =
  /^(?:Failed|Evicted|Terminated|(?:Node)?Shutdown|OutOf[a-z]\S*|ContainerStatusUnknown|UnexpectedAdmissionError|TopologyAffinityError|SMTAlignmentError|NodeAffinity|NodePorts|Preempting|DeadlineExceeded|PodOS\w+)$/;
const ENDED = /^(?:Error|OOMKilled|ContainerCannotRun|StartError|(?:ExitCode|Signal):-?\d+)$/;

/** A pod as far as a table tells. Its phase is guessed from kubectl's word for its state. */
function podFrom(row: Row): JsonRecord {
  const { status, ready = 1, containers = 1, restarts = 0 } = row;
  const phase = PENDING.test(status)
    ? 'Pending'
    : status === 'Completed' || status === 'Succeeded'
      ? 'Succeeded'
      : FAILED.test(status) || (ENDED.test(status) && restarts === 0)
        ? 'Failed'
        : status === 'Unknown' || status === 'NodeLost'
          ? 'Unknown'
          : 'Running';
  const ips = row.ip === undefined || row.ip === '<none>' ? [] : row.ip.split(',');
  const running = phase === 'Running' ? Math.max(ready, status === 'CrashLoopBackOff' ? 0 : containers) : 0;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: row.namespace ?? 'default',
      name: row.name,
      ...(status === 'Terminating' ? { annotations: {}, deletionTimestamp: 'now' } : {}),
    },
    spec: row.node === undefined || row.node === '<none>' ? {} : { nodeName: row.node },
    status: {
      phase,
      ...(ips.length > 0 ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
      conditions: [{ type: 'Ready', status: ready === containers && phase === 'Running' ? 'True' : 'False' }],
      containerStatuses: [
        ...Array.from({ length: running }, (_, i) => ({ state: { running: {} }, restartCount: i === 0 ? restarts : 0 })),
        ...(status === 'CrashLoopBackOff' || phase === 'Pending'
          ? [{ state: { waiting: { reason: status } }, restartCount: restarts }]
          : []),
      ],
    },
  };
}

/** A node as a table shows it: no pod ranges, so it says where nodes are, and nothing about ranges. */
const nodeFrom = (name: string, ready: string, version: string, ip: string | undefined): JsonRecord => ({
  apiVersion: 'ipconflict.text/v1',
  kind: 'NodeRow',
  metadata: { name },
  status: {
    conditions: [{ type: 'Ready', status: ready === 'Ready' ? 'True' : ready === 'NotReady' ? 'False' : 'Unknown' }],
    addresses: ip === undefined || ip === '<none>' ? [] : [{ type: 'InternalIP', address: ip }],
    nodeInfo: { kubeletVersion: version },
  },
});
