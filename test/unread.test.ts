import test from 'ava';
import { objectKey } from '../src/model/resource.ts';
import { over, own, shared } from './support/captures.ts';
import { examineMaterial, SHARED } from './support/examine-capture.ts';

/**
 * Who may not list nodes still wants to be told of an address on two pods, though the nodes may turn out to be fake:
 * that stays an error, with confidence `likely`.
 */
const ACCEPTED = new Set([
  'benign-sharing/fake-nodes without /Node',
  'stale-holder/vanished-instance without /Node',
  // That there is one node only is not known then.
  'pod-ip-in-runtime-default-range/one-node without /Node',
  // The address stands in the DaemonSet only.
  'infrastructure-address-conflict/keepalived without apps/DaemonSet',
  'static-ip-conflict/keepalived-by-argument without apps/DaemonSet',
  'static-ip-conflict/keepalived-by-volume without apps/DaemonSet',
  // Its ConfigMap is read for this alone.
  'static-ip-conflict/keepalived-by-argument without /ConfigMap',
  'static-ip-conflict/keepalived-by-volume without /ConfigMap',
  // Still told, as a warning: the pool is what makes it certain.
  'infrastructure-address-conflict/load-balancer-on-node without metallb.io/IPAddressPool',
  // The pools of load balancers stand there only.
  'overlapping-pools/balancer-in-pod-range without cilium.io/CiliumLoadBalancerIPPool',
  'overlapping-pools/balancer-in-service-range without /ConfigMap',
  'overlapping-pools/balancer-in-service-range without apps/DaemonSet',
  // The VLANs stand there only.
  'antrea/vlans-apart without crd.antrea.io/IPPool',
]);

// One kind of evidence is taken away at a time, as if it could not be read.
for (const [what, captures] of [
  ['scenarios', own],
  ['shared incidents', shared],
] as const) {
  if (captures.length === 0) {
    test(`unread: ${what}`, (t) => {
      t.log(`${SHARED} is absent`);
      t.pass();
    });
    continue;
  }

  test(`${what}: what was not read never turns a conflict into exit 0, nor a healthy cluster into exit 1`, async (t) => {
    t.timeout(300_000);
    t.deepEqual(
      await over(captures, async ({ id, material, expect }) => {
        const broken: string[] = [];
        const before = await examineMaterial(material, 'scan -A', expect.now);
        let kinds = [...new Set(material.objects.map((object) => objectKey(object) ?? ''))].toSorted();
        // The shared incidents are large: each loses the kinds that every conflict hangs on, and one more in turn.
        if (what === 'shared incidents') kinds = ['/Pod', '/Node', '/Event', kinds[id.length % kinds.length]!];
        for (const kind of [...kinds, 'logs']) {
          const less =
            kind === 'logs'
              ? { ...material, logs: new Map() }
              : { ...material, objects: material.objects.filter((object) => objectKey(object) !== kind) };
          const { exitCode, findings } = await examineMaterial(less, 'scan -A', expect.now);
          if (ACCEPTED.has(`${id} without ${kind}`)) continue;
          if (before.exitCode === 1 && exitCode === 0) broken.push(`without ${kind}: exit 0`);
          if (before.exitCode === 0 && exitCode === 1)
            broken.push(
              `without ${kind}: ${findings
                .filter(({ severity }) => severity === 'error')
                .map((finding) => finding.id)
                .join(', ')}`,
            );
        }
        return broken.length === 0 ? undefined : broken.join('; ');
      }),
      [],
    );
  });
}
