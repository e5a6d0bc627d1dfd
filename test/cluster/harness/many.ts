import type { JsonRecord } from '../../../src/model/json.ts';
import { ago, flannel, node, pod } from './sample.ts';

const PER_NODE = 30;

/** Pods of realistic size (some 8 KB of JSON), 30 on each node, all with addresses of their own; and their nodes. */
export function manyPods(count: number): JsonRecord[] {
  const nodes = Math.ceil(count / PER_NODE);
  const numbers = Array.from({ length: nodes }, (_, n) => n + 1);
  const pods = Array.from({ length: count }, (_, i) =>
    bigPod(`team-${i % 50}`, `app-${i % 200}-${i.toString(36).padStart(9, '0')}`, Math.floor(i / PER_NODE) + 1, (i % PER_NODE) + 10),
  );
  return [
    ...numbers.map(bigNode),
    ...flannel(numbers, '10.64.0.0/12').map((object) => (object['kind'] === 'Pod' ? onBigNode(object) : object)),
    ...pods,
  ];
}

const range = (n: number): string => `10.${64 + (n >> 8)}.${n & 255}`;
const address = (n: number): string => `172.16.${n >> 8}.${n & 255}`;

function bigNode(n: number): JsonRecord {
  const plain = node(n) as { metadata: { annotations: JsonRecord }; status: JsonRecord };
  const annotations = { ...plain.metadata.annotations, 'flannel.alpha.coreos.com/public-ip': address(n) };
  const spec = { podCIDR: `${range(n)}.0/24`, podCIDRs: [`${range(n)}.0/24`] };
  return {
    ...plain,
    metadata: { ...plain.metadata, annotations },
    spec,
    status: { ...plain.status, addresses: [{ type: 'InternalIP', address: address(n) }] },
  };
}

function onBigNode(agent: JsonRecord): JsonRecord {
  const { spec, status } = agent as { spec: { nodeName: string }; status: JsonRecord };
  const ip = address(Number(spec.nodeName.slice('node-'.length)));
  return { ...agent, status: { ...status, hostIP: ip, hostIPs: [{ ip }], podIP: ip, podIPs: [{ ip }] } };
}

/** A pod of realistic size with an address of node n's range, on that node or another. */
export function bigPod(inNamespace: string, name: string, n: number, host: number, onNode = n): JsonRecord {
  const plain = pod(inNamespace, name, { ip: `${range(n)}.${host}`, node: onNode }) as {
    metadata: JsonRecord;
    spec: { containers: JsonRecord[] };
    status: JsonRecord;
  };
  const env = Array.from({ length: 24 }, (_, i) => ({
    name: `SETTING_${i}_OF_${name.slice(0, 8)}`,
    value: `https://service-${i}.example.internal:8443/${inNamespace}`,
  }));
  const volumes = Array.from({ length: 4 }, (_, i) => ({ name: `volume-${i}`, configMap: { name: `config-${i}`, defaultMode: 420 } }));
  const volumeMounts = volumes.map((volume) => ({ name: volume.name, mountPath: `/etc/${volume.name}`, readOnly: true }));
  const fields = Object.fromEntries(env.map((entry) => [`k:{"name":"${entry.name}"}`, { '.': {}, 'f:name': {}, 'f:value': {} }]));
  const managedFields = ['kube-controller-manager', 'kubelet'].map((manager) => ({
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: ago(40),
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': { '.': {}, 'f:env': fields } } } },
  }));
  const container = { ...plain.spec.containers[0], env, volumeMounts };
  const hostIP = address(onNode);
  return {
    ...plain,
    metadata: { ...plain.metadata, managedFields },
    spec: { ...plain.spec, volumes, containers: [container] },
    status: { ...plain.status, hostIP, hostIPs: [{ ip: hostIP }] },
  };
}
