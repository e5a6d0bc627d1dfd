import { canonicalAddress } from '../ip/address.ts';
import type { Json } from '../model/json.ts';

/** The top-level fields of a description: each with its value, and the indented lines below it. */
function fieldsOf(lines: readonly string[]): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines) {
    const field = /^([A-Z][\w -]*):(?:\s+(.*))?$/.exec(line);
    if (field) {
      current = [field[2]?.trim() ?? ''];
      fields.set(field[1]!, current);
    } else if (line.trim() !== '') current.push(line);
  }
  return fields;
}

const one = (fields: ReadonlyMap<string, readonly string[]>, name: string): string | undefined => {
  const value = fields.get(name)?.[0];
  return value === undefined || value === '' || value === '<none>' || value === '<unset>' ? undefined : value;
};

/** `a=b` lines as labels are listed, `a: b` as annotations are. */
function pairs(lines: readonly string[] = [], separator: '=' | ':'): Record<string, string> {
  const found: Record<string, string> = {};
  let last: string | undefined;
  for (const line of lines) {
    const at = line.indexOf(separator === ':' ? ': ' : '=');
    const key = at < 0 ? undefined : line.slice(0, at).trim();
    if (key !== undefined && /^[\w.-]+(?:\/[\w.-]+)?$/.test(key)) {
      last = key;
      found[key] = line.slice(at + 1).trim();
    } else if (separator === ':' && /^\s*[\w.-]+(?:\/[\w.-]+)?:\s*$/.test(line)) {
      last = line.trim().slice(0, -1);
      found[last] = '';
    } else if (last !== undefined && line.trim() !== '<none>')
      found[last] = `${found[last]}${found[last] === '' ? '' : '\n'}${line.trim()}`;
  }
  return found;
}

/** `Mon, 02 Jan 2006 15:04:05 -0700` */
function timeOf(value: string | undefined): string | undefined {
  const parsed = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(parsed) ? undefined : new Date(parsed).toISOString();
}

/** `kubectl describe pod`: the pod, and the events below it. */
export function describedPod(lines: readonly string[]): Json[] {
  const fields = fieldsOf(lines);
  const name = one(fields, 'Name');
  if (name === undefined) return [];
  const namespace = one(fields, 'Namespace') ?? 'default';
  const [node, hostIP] = (one(fields, 'Node') ?? '').split('/');
  const status = /^(\w+)/.exec(one(fields, 'Status') ?? '')?.[1] ?? 'Unknown';
  const below = (fields.get('IPs') ?? []).map((line) => /^\s*IP:\s+(\S+)/.exec(line)?.[1]);
  const ips = [...new Set([one(fields, 'IP'), ...below].map((ip) => canonicalAddress(ip)).filter((ip) => ip !== undefined))];
  const [ownerKind, owner] = (one(fields, 'Controlled By') ?? '').split('/');
  const containers = containersIn(fields.get('Containers') ?? []);
  const initContainers = containersIn(fields.get('Init Containers') ?? []);
  const start = timeOf(one(fields, 'Start Time'));
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      labels: pairs(fields.get('Labels'), '='),
      annotations: pairs(fields.get('Annotations'), ':'),
      ...(owner ? { ownerReferences: [{ kind: ownerKind, name: owner, controller: true }] } : {}),
      ...(status === 'Terminating' ? { deletionTimestamp: 'now' } : {}),
    },
    spec: {
      ...(node === undefined || node === '' || node === '<none>' ? {} : { nodeName: node }),
      // No version of kubectl describes it; a pod with its node's address is on the host's network.
      ...(hostIP !== undefined && ips.includes(canonicalAddress(hostIP) ?? '') ? { hostNetwork: true } : {}),
      containers: containers.map(({ name: of, image }) => ({ name: of, image })),
      initContainers: initContainers.map(({ name: of, image }) => ({ name: of, image })),
    },
    status: {
      phase: status === 'Terminating' ? 'Running' : status,
      ...(ips.length > 0 ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
      ...(hostIP === undefined ? {} : { hostIP }),
      ...(start === undefined ? {} : { startTime: start }),
      ...(one(fields, 'Reason') === undefined ? {} : { reason: one(fields, 'Reason') }),
      containerStatuses: containers.map(({ state, restarts, waiting }) => ({
        state:
          state === 'Running'
            ? { running: {} }
            : state === 'Terminated'
              ? { terminated: {} }
              : { waiting: { reason: waiting ?? 'Waiting' } },
        restartCount: restarts,
      })),
    },
  };
  return [pod, ...eventsIn(fields.get('Events') ?? [], { kind: 'Pod', namespace, name })];
}

function containersIn(
  lines: readonly string[],
): { name: string; image: string; state: string; waiting: string | undefined; restarts: number }[] {
  const found: { name: string; image: string; state: string; waiting: string | undefined; restarts: number }[] = [];
  for (const line of lines) {
    const name = /^ {2}([a-z0-9][\w.-]*):\s*$/.exec(line)?.[1];
    if (name !== undefined) found.push({ name, image: '', state: 'Waiting', waiting: undefined, restarts: 0 });
    const last = found.at(-1);
    const [, key, value] = /^\s+(Image|State|Reason|Restart Count):\s+(.*)$/.exec(line) ?? [];
    if (last === undefined || key === undefined) continue;
    if (key === 'Image') last.image = value!.trim();
    else if (key === 'State') last.state = value!.trim();
    else if (key === 'Reason') last.waiting ??= value!.trim();
    else last.restarts = Number(value) || 0;
  }
  return found;
}

/** Rows `Type  Reason  Age  From  Message`; their ages are relative to nobody knows when. */
function eventsIn(lines: readonly string[], about: { kind: string; namespace?: string; name: string }): Json[] {
  return lines.flatMap((line, index) => {
    const row = /^\s+(Normal|Warning)\s+(\S+)\s+(\S+(?: ago)?(?: \(x\d+ over [^)]*\))?)\s+(\S+(?:, \S+)?)\s+(.*)$/.exec(line);
    if (!row) return [];
    const times = /\(x(\d+) over/.exec(row[3]!)?.[1];
    return [
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { namespace: about.namespace ?? 'default', name: `${about.name}.described-${index}` },
        type: row[1],
        reason: row[2],
        message: row[5]!.trim(),
        source: { component: row[4]!.split(',')[0] },
        count: times === undefined ? 1 : Number(times),
        involvedObject: about,
      },
    ];
  });
}

/** `kubectl describe node`: the node with its pod ranges, and its events. */
export function describedNode(lines: readonly string[]): Json[] {
  const fields = fieldsOf(lines);
  const name = one(fields, 'Name');
  if (name === undefined) return [];
  const info = new Map(
    (fields.get('System Info') ?? []).map((line): [string, string] => {
      const [key, value] = line.split(/:\s+/, 2);
      return [key!.trim(), value?.trim() ?? ''];
    }),
  );
  const cidrs = (one(fields, 'PodCIDRs') ?? one(fields, 'PodCIDR') ?? '').split(',').filter((cidr) => /\/\d+$/.test(cidr));
  const ready = (fields.get('Conditions') ?? []).map((line) => /^\s*Ready\s+(True|False|Unknown)\b/.exec(line)?.[1]).find((found) => found);
  const taints = [...(fields.get('Taints') ?? [])]
    .map((line) => /^(\S+?)(?:=(\S*?))?:(\w+)$/.exec(line.trim()))
    .filter((found) => found !== null);
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: pairs(fields.get('Labels'), '='),
      annotations: pairs(fields.get('Annotations'), ':'),
      ...(timeOf(one(fields, 'CreationTimestamp')) === undefined ? {} : { creationTimestamp: timeOf(one(fields, 'CreationTimestamp')) }),
    },
    spec: {
      ...(cidrs.length > 0 ? { podCIDR: cidrs[0], podCIDRs: cidrs } : {}),
      ...(one(fields, 'ProviderID') === undefined ? {} : { providerID: one(fields, 'ProviderID') }),
      taints: taints.map(([, key, value, effect]) => ({ key, value, effect })),
    },
    status: {
      addresses: (fields.get('Addresses') ?? []).flatMap((line) => {
        const [, type, address] = /^\s+(InternalIP|ExternalIP|Hostname):\s+(\S+)/.exec(line) ?? [];
        return type === undefined ? [] : [{ type, address }];
      }),
      conditions: ready === undefined ? [] : [{ type: 'Ready', status: ready }],
      nodeInfo: {
        machineID: info.get('Machine ID'),
        systemUUID: info.get('System UUID'),
        bootID: info.get('Boot ID'),
        kubeletVersion: info.get('Kubelet Version'),
        containerRuntimeVersion: info.get('Container Runtime Version'),
        operatingSystem: info.get('Operating System'),
      },
    },
  };
  return [node, ...eventsIn(fields.get('Events') ?? [], { kind: 'Node', name })];
}
