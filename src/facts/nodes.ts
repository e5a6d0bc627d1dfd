import { canonicalAddress } from '../ip/address.ts';
import { parseRange } from '../ip/range.ts';
import type { NodeFact } from '../model/facts.ts';
import { type Json, at, list, metaOf, number, record, text, textRecord, texts, time } from './read.ts';

/** A Node that has not reported for longer than this counts as unreachable (kube-controller-manager's own grace is 40–50 s). */
const SILENCE_MS = 60_000;

/** Reads Nodes. */
export function readNode(node: Json, now: number): NodeFact {
  const meta = metaOf(node);
  const labels = textRecord(node, 'metadata', 'labels');
  const annotations = textRecord(node, 'metadata', 'annotations');
  const taints = list(node, 'spec', 'taints').map((taint) => text(taint, 'key') ?? '');
  const ready = list(node, 'status', 'conditions').find((condition) => text(condition, 'type') === 'Ready');
  const readyStatus = text(ready, 'status');
  const readySince = time(ready, 'lastTransitionTime');
  const addresses = (type: string): string[] =>
    list(node, 'status', 'addresses')
      .filter((address) => text(address, 'type') === type)
      .map((address) => canonicalAddress(at(address, 'address')))
      .filter((address) => address !== undefined);
  const cidrs = texts(node, 'spec', 'podCIDRs');
  const single = text(node, 'spec', 'podCIDR');
  const info = record(node, 'status', 'nodeInfo');
  return {
    ...meta,
    finalizers: texts(node, 'metadata', 'finalizers'),
    internalIPs: addresses('InternalIP'),
    externalIPs: addresses('ExternalIP'),
    podCIDRs: [...new Set(cidrs.length > 0 ? cidrs : single === undefined ? [] : [single])]
      .map((cidr) => parseRange(cidr))
      .filter((range) => range !== undefined),
    podCIDRManager: podCIDRManager(node),
    ready: readyStatus === 'True' ? 'yes' : readyStatus === 'False' ? 'no' : 'unknown',
    readySince,
    readyMessage: text(ready, 'message') ?? '',
    unreachable:
      readyStatus === 'Unknown' ||
      (taints.includes('node.kubernetes.io/unreachable') && (ready === undefined || now - (readySince ?? now) > SILENCE_MS)),
    virtual: isVirtual(labels, annotations, taints, meta.name),
    windows: (labels['kubernetes.io/os'] ?? text(info, 'operatingSystem')) === 'windows',
    machineID: text(info, 'machineID'),
    systemUUID: text(info, 'systemUUID')?.toLowerCase(),
    bootID: text(info, 'bootID'),
    kubeletVersion: text(info, 'kubeletVersion'),
    runtime: text(info, 'containerRuntimeVersion'),
    providerID: text(node, 'spec', 'providerID'),
    maxPods: number(node, 'status', 'allocatable', 'pods'),
    labels,
    annotations,
    taints,
  };
}

/** kwok, virtual-kubelet, ACI and Fargate nodes: addresses of their pods are invented or lie outside this cluster's wire. */
function isVirtual(labels: Record<string, string>, annotations: Record<string, string>, taints: readonly string[], name: string): boolean {
  return (
    labels['type'] === 'kwok' ||
    labels['type'] === 'virtual-kubelet' ||
    labels['kubernetes.io/role'] === 'agent-virtual' ||
    annotations['kwok.x-k8s.io/node'] !== undefined ||
    taints.some((taint) => taint === 'kwok.x-k8s.io/node' || taint.startsWith('virtual-kubelet.io/')) ||
    labels['eks.amazonaws.com/compute-type'] === 'fargate' ||
    name.startsWith('fargate-ip-')
  );
}

function podCIDRManager(node: Json): string | undefined {
  const owner = list(node, 'metadata', 'managedFields').find(
    (entry) => at(entry, 'fieldsV1', 'f:spec', 'f:podCIDR') !== undefined || at(entry, 'fieldsV1', 'f:spec', 'f:podCIDRs') !== undefined,
  );
  return text(owner, 'manager');
}
