import test from 'ava';
import type { Json } from '../src/model/json.ts';
import { text } from '../src/model/json.ts';
import { Cluster } from './support/build.ts';
import { flannel, k3s } from './support/cnis.ts';
import { examineMaterial } from './support/examine-capture.ts';

// Files do not say whether pods were listed with -A. Whoever lists one namespace must never hear that the cluster is clean.

/** k3s as it comes: no DaemonSet, no static pod. */
function deploymentsOnly(): Json[] {
  const c = new Cluster({ version: '1.30.2' });
  c.node('edge-1', { ip: '192.168.1.20', podCIDRs: ['10.42.0.0/24'], labels: { 'node-role.kubernetes.io/control-plane': 'true' } });
  k3s(c);
  c.pod('kube-system/coredns-7b9c-mw2vz', { node: 'edge-1', ip: '10.42.0.4', owner: 'ReplicaSet/coredns-7b9c' });
  c.pod('shop/cart-7d9-x2k4p', { node: 'edge-1', ip: '10.42.0.9', owner: 'ReplicaSet/cart-7d9' });
  c.pod('web/front-5c6-k8d2m', { node: 'edge-1', ip: '10.42.0.10', owner: 'ReplicaSet/front-5c6' });
  c.service('default/kubernetes', { clusterIP: '10.43.0.1', port: 443, selector: null });
  c.service('web/front', { clusterIP: '10.43.9.9', pods: ['web/front-5c6-k8d2m'] });
  return [...c.objects.values()];
}

/** A cluster in which nothing but the system runs yet. */
function newCluster(): Json[] {
  const c = new Cluster();
  c.node('cp-1', { ip: '10.20.0.10', podCIDRs: ['10.244.0.0/24'] });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { namespace: 'kube-system' });
  return [...c.objects.values()];
}

const only =
  (kinds: RegExp, namespaces: readonly string[]) =>
  (object: Json): boolean =>
    !kinds.test(text(object, 'kind') ?? '') || namespaces.includes(text(object, 'metadata', 'namespace') ?? 'none');
const POD = /^Pod$/;
const NAMESPACED = /^(?:Pod|Service|EndpointSlice|DaemonSet|Deployment|ConfigMap)$/;

for (const [what, objects, exit] of [
  ['Deployments only, of all namespaces', deploymentsOnly(), 0],
  ['of these, kube-system', deploymentsOnly().filter(only(POD, ['kube-system'])), 3],
  ['of these, one namespace in every list', deploymentsOnly().filter(only(NAMESPACED, ['shop'])), 3],
  ['of these, two namespaces, while another has ready endpoints', deploymentsOnly().filter(only(POD, ['kube-system', 'shop'])), 3],
  ['of these, two namespaces without the system’s', deploymentsOnly().filter(only(NAMESPACED, ['shop', 'web'])), 3],
  ['a new cluster', newCluster(), 0],
  ['of a new cluster, kube-system in every list', newCluster().filter(only(NAMESPACED, ['kube-system'])), 3],
] as const)
  test(`exit ${exit}: ${what}`, async (t) => {
    const report = await examineMaterial({ objects, logs: new Map() }, 'scan -A', '2026-03-11T09:30:00Z');
    t.is(report.exitCode, exit, report.gaps.map((gap) => gap.message).join('; '));
  });
