import type { JsonRecord } from '../../../../src/model/json.ts';
import { type Family, marksFor } from '../template.ts';
import { APPS, rangeOf, rangeV6Of, nodeAddress, nodeAddressV6, digits, hex, before, uidOf } from './layout.ts';
import { managed } from './managed-fields.ts';

const NODE_TEXTS = { node: 5, uid: 36, ip: 14, ipv6: 15, range: 10, rangeV6: 14, mac: 17 } as const;

export function nodeFamily(size: number, dual: boolean, now: number): Family<keyof typeof NODE_TEXTS> {
  return {
    size,
    lengths: NODE_TEXTS,
    templates: [nodeTemplate(dual, now)],
    templateOf: () => 0,
    textsOf: (node) => ({
      node: digits(node, 5),
      uid: uidOf('node', node),
      ip: nodeAddress(node),
      ipv6: nodeAddressV6(node),
      range: rangeOf(node),
      rangeV6: rangeV6Of(node),
      mac: `0a:58:00:00:${hex(node + 0x1000).slice(0, 2)}:${hex(node + 0x1000).slice(2)}`,
    }),
  };
}

function nodeTemplate(dual: boolean, now: number): JsonRecord {
  const N = marksFor(NODE_TEXTS);
  const name = `node-${N.node}`;
  const created = before(now, 2000);
  const annotations = {
    'flannel.alpha.coreos.com/backend-data': JSON.stringify({ VNI: 1, VtepMAC: N.mac }),
    'flannel.alpha.coreos.com/backend-type': 'vxlan',
    'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
    'flannel.alpha.coreos.com/public-ip': N.ip,
    ...(dual && { 'flannel.alpha.coreos.com/public-ipv6': N.ipv6 }),
    'node.alpha.kubernetes.io/ttl': '0',
    'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
  };
  const labels = {
    'beta.kubernetes.io/arch': 'amd64',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': 'm7.2xlarge',
    'topology.kubernetes.io/region': 'north',
    'topology.kubernetes.io/zone': 'north-1',
  };
  const podCIDR = `${N.range}.0/24`;
  const spec = { podCIDR, podCIDRs: dual ? [podCIDR, `${N.rangeV6}::/64`] : [podCIDR] };
  const amounts = { cpu: '8', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi' };
  const condition = (type: string, status: string, reason: string): JsonRecord => ({
    type,
    status,
    reason,
    message: `kubelet says: ${reason}`,
    lastHeartbeatTime: before(now, 0.02),
    lastTransitionTime: created,
  });
  const status = {
    capacity: amounts,
    allocatable: amounts,
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
      condition('Ready', 'True', 'KubeletReady'),
    ],
    addresses: [
      { type: 'InternalIP', address: N.ip },
      ...(dual ? [{ type: 'InternalIP', address: N.ipv6 }] : []),
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: N.uid,
      systemUUID: N.uid,
      bootID: N.uid,
      kernelVersion: '6.12.0',
      osImage: 'Debian GNU/Linux 13',
      containerRuntimeVersion: 'containerd://2.1.0',
      kubeletVersion: 'v1.36.3',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
    images: APPS.slice(0, 12).map((app, i) => ({
      names: [`registry.example.internal/${app}/${app}:2026.5.${app.length}`],
      sizeBytes: 100_000_000 + i * 7_654_321,
    })),
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: N.uid,
      resourceVersion: '8123456',
      creationTimestamp: created,
      labels,
      annotations,
      managedFields: [
        managed('kube-controller-manager', created, { spec }),
        managed('kubelet', created, { status: { conditions: status.conditions, nodeInfo: status.nodeInfo } }, 'status'),
      ],
    },
    spec,
    status,
  };
}
