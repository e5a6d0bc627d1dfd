import { Cluster, type Scenario } from '../build.ts';
import { agents, annotate, attached, attachment, calico, calicoIpam, flannel, k3s, kubeOvnIpam, whereaboutsPool } from '../cnis.ts';
import { crowd, inVpc, lan244, plain, scenario } from './common.ts';

/** Bare pods of two subnets that overlap: nobody asked by hand, each subnet gave the address. */
function barePodsOfSubnets(vpcs: readonly [string, string]): Scenario {
  const same = vpcs[0] === vpcs[1];
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c, 'v1.14.0');
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`);
  c.pod('mint/api', { node: 'worker-1', ip: '10.70.0.21', age: '9d' });
  c.pod('sage/api', { node: 'worker-3', ip: '10.70.0.21', age: '3h' });
  kubeOvnIpam(
    c,
    [
      { name: 'ovn-default', cidr: '10.16.0.0/16' },
      { name: 'mint', cidr: '10.70.0.0/24', vpc: vpcs[0] },
      { name: 'sage', cidr: '10.70.0.0/23', vpc: vpcs[1], age: '2d' },
    ],
    { switches: { 'mint/api': 'mint', 'sage/api': 'sage' } },
  );
  if (same)
    return scenario('overlapping-pools/bare-pods', c, {
      title: 'Bare pods of two Subnets that overlap have one address',
      source: ['kubeovn/kube-ovn#6489'],
      ask: 'sage/api',
      cause: ['ip-pool-overlap'],
      not: ['static-ip-conflict', 'ipam-state-corrupt'],
      find: [
        { id: 'overlapping-pools', ranges: ['10.70.0.0/24', '10.70.0.0/23'] },
        { id: 'duplicate-pod-ip', address: '10.70.0.21' },
      ],
      silent: ['static-ip-conflict'],
      notes: 'The controller writes ip_address on every pod; one address in two subnets is no request by hand.',
    });
  return scenario('static-ip-conflict/bare-pods-of-two-vpcs', c, {
    title: 'Bare pods of two VPCs have one address',
    source: ['kubeovn/kube-ovn#4952'],
    ask: 'sage/api',
    silent: ['static-ip-conflict', 'duplicate-pod-ip', 'overlapping-pools'],
    quiet: ['mint/api', 'sage/api'],
    notes: 'Twin of overlapping-pools/bare-pods: compared within one VPC.',
  });
}

const machine = (name: string) => ({
  labels: { 'kubevirt.io': 'virt-launcher', 'vm.kubevirt.io/name': name },
  owner: `VirtualMachineInstance/${name}`,
});

/** A machine that migrates, with a record for each of its pods. */
function twoRecordsOfOneMachine(): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.16.0.0/16' });
  agents.kubeOvn(c);
  crowd(c, (w, k) => `10.16.${w}.${k + 2}`);
  c.pod('vms/virt-launcher-crm-7xk2p', { node: 'worker-1', ip: '10.16.9.31', age: '6d', ...machine('crm') });
  c.pod('vms/virt-launcher-crm-h4v9z', { node: 'worker-3', ip: '10.16.9.31', age: '12s', ...machine('crm') });
  kubeOvnIpam(c, [{ name: 'ovn-default', cidr: '10.16.0.0/16' }]);
  return scenario('ipam-double-allocation/one-machine', c, {
    title: 'Each pod of a virtual machine that migrates has a record of its own',
    source: ['kubeovn/kube-ovn#6261'],
    ask: 'vms/virt-launcher-crm-h4v9z',
    silent: ['ipam-double-allocation', 'duplicate-pod-ip'],
    quiet: ['vms/virt-launcher-crm-7xk2p', 'vms/virt-launcher-crm-h4v9z'],
    notes: 'The look-alike of two-records: one machine, moving.',
  });
}

/** OVN-Kubernetes: a machine keeps its address where it was moved; a pod with such an address was plumbed by something else. */
function addressOfAnotherNode(moved: boolean): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ args: [] });
  agents.ovnKubernetes(c, {
    'cp-1': ['10.128.0.0/23'],
    'worker-1': ['10.128.2.0/23'],
    'worker-2': ['10.128.4.0/23'],
    'worker-3': ['10.128.6.0/23'],
  });
  crowd(c, (w, k) => `10.128.${2 * w}.${k + 5}`);
  c.pod('vms/virt-launcher-erp-wz2x4', {
    node: 'worker-3',
    ip: '10.128.4.99',
    age: '3h',
    ...(moved ? machine('erp') : { owner: 'ReplicaSet/erp' }),
  });
  const said = { ask: 'vms/virt-launcher-erp-wz2x4', source: ['kubevirt/kubevirt#16622'] };
  return moved
    ? scenario('pod-ip-in-other-node-range/moved-machine', c, {
        ...said,
        title: 'A virtual machine was moved and kept its address',
        silent: ['pod-ip-in-other-node-range', 'pod-ip-outside-pod-ranges'],
        quiet: ['vms/virt-launcher-erp-wz2x4'],
        notes: 'Live migration has ended; the address is of the former node’s subnet.',
      })
    : scenario('pod-ip-in-other-node-range/no-machine', c, {
        ...said,
        title: 'A pod that is no machine has an address of another node’s subnet',
        cause: ['cni-bypassed', 'multiple-cnis', 'node-reregistered', 'inconclusive'],
        not: ['no-conflict', 'benign-sharing'],
        find: [{ id: 'pod-ip-in-other-node-range', address: '10.128.4.99' }],
        notes: 'Twin of moved-machine.',
      });
}

/** Windows, with the wording of the newer host compute network calls. */
function hcnEndpoint(): Scenario {
  const c = plain({
    workers: 3,
    on: { 'worker-3': { labels: { 'kubernetes.io/os': 'windows' }, info: { operatingSystem: 'windows' } } },
  });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16', { nodes: ['cp-1', 'worker-1', 'worker-2'] });
  crowd(c, lan244, [1, 2]);
  c.pod('win/iis-77c-d8qzl', { node: 'worker-3', creating: true, age: '14m', owner: 'ReplicaSet/iis-77c' });
  c.sandboxFails(
    'win/iis-77c-d8qzl',
    'plugin type="sdnoverlay" name="ov" failed (add): error adding endpoint: hcnCreateEndpoint failed in Win32: The object already exists. (0x1392) {"Success":false,"ErrorCode":2147947410}',
  );
  return scenario('ipam-state-corrupt/windows-hcn-endpoint', c, {
    title: 'A Windows node keeps an endpoint of a former pod (hcn call)',
    source: ['Azure/AKS#5653'],
    ask: 'win/iis-77c-d8qzl',
    cause: ['ipam-state-corrupt'],
    not: ['no-conflict', 'node-cidr-overlap', 'ip-pool-exhausted'],
    find: [{ id: 'sandbox-creation-failing', holders: ['win/iis-77c-d8qzl'] }],
    notes: 'Another call of the same Windows service refuses.',
  });
}

/** Many addresses on the same two nodes, of pods that started together: with logs that name a peer twice, and without any. */
function twoNodesOneRing(logs: boolean): Scenario {
  const c = plain({ podCIDR: null, version: '1.18.2' });
  c.controlPlane({ podRange: '10.32.0.0/12', serviceRange: '10.96.0.0/16' });
  agents.weave(c, '10.32.0.0/12');
  for (const w of [1, 2])
    for (const k of [1, 2, 3])
      c.pod(`load/probe-6c-w${w}k${k}z`, { node: `worker-${w}`, ip: `10.34.0.${k}`, age: '6h', owner: 'ReplicaSet/probe-6c' });
  c.pod('kube-system/coredns-6c8d-7bqtx', { node: 'worker-3', ip: '10.44.0.1', age: '60d', owner: 'ReplicaSet/coredns-6c8d' });
  if (logs)
    for (const w of [1, 2])
      c.log(
        `${c.daemonPod('kube-system/weave-net', `worker-${w}`)}/weave`,
        `INFO: 2026/03/11 08:11:09.100000 ->[10.20.0.1${3 - w}:6783] error during connection attempt: local "a6:2a:3c:75:36:79(worker-${w})" and remote "a6:2a:3c:75:36:79(worker-${3 - w})" peer names collision`,
      );
  const find = [1, 2, 3].map((k) => ({ id: 'duplicate-pod-ip', address: `10.34.0.${k}` }));
  const not = ['allocation-race', 'no-conflict', 'node-cidr-overlap'];
  return logs
    ? scenario('node-identity-clash/peer-names-in-logs', c, {
        title: 'Only the logs say that two nodes are one peer',
        source: ['weaveworks/weave#3793'],
        ask: 'load/probe-6c-w2k1z',
        cause: ['node-identity-clash'],
        not,
        find: [...find, { id: 'duplicate-node-identity', nodes: ['worker-1', 'worker-2'], optional: true }],
        notes: 'Machine ids differ and the list of peers is clean: the agents’ own word decides.',
      })
    : scenario('inconclusive/many-pairs-on-two-nodes', c, {
        title: 'Three addresses on the same two nodes, and no word of why',
        source: ['weaveworks/weave#3793'],
        ask: 'load/probe-6c-w2k1z',
        cause: ['inconclusive', 'ipam-state-corrupt', 'node-identity-clash'],
        not,
        find,
        notes: 'Pods of one ReplicaSet start together; chance does not strike the same two nodes three times.',
      });
}

/** k3s without --cluster-cidr, in a LAN that its default covers though no node's range does yet. */
function k3sDefaultUnsaid(lan: string): Scenario {
  const covered = lan.startsWith('10.42.');
  const c = new Cluster({ version: '1.30.2' });
  c.node('edge-1', { ip: `${lan}17`, podCIDRs: ['10.42.0.0/24'], labels: { 'node-role.kubernetes.io/control-plane': 'true' } });
  c.node('edge-2', { ip: `${lan}18`, podCIDRs: ['10.42.1.0/24'] });
  k3s(c);
  c.daemonSet('monitoring/node-exporter', { image: 'quay.io/prometheus/node-exporter:v1.8.2' });
  annotate(c, 'Node', 'edge-1', { 'k3s.io/node-args': '["server","--disable","traefik"]' });
  annotate(c, 'Node', 'edge-2', { 'k3s.io/node-args': '["agent"]' });
  c.pod('kube-system/coredns-7b9c-mw2vz', { node: 'edge-1', ip: '10.42.0.4', age: '60d', owner: 'ReplicaSet/coredns-7b9c' });
  c.service('default/kubernetes', { clusterIP: '10.43.0.1', port: 443, selector: null });
  return covered
    ? scenario('pod-range-overlaps-node-network/k3s-default-unsaid', c, {
        title: 'k3s’ default range covers the nodes, though no argument states it',
        source: ['k3s-io/k3s#588'],
        find: [{ id: 'pod-range-overlaps-node-network', ranges: ['10.42.0.0/16'], severity: 'warning' }],
        exit: 0,
        cause: ['pod-cidr-overlaps-node-network'],
        notes: 'Latent: the range of the 202nd node would contain the LAN.',
      })
    : scenario('pod-range-overlaps-node-network/k3s-elsewhere', c, {
        title: 'k3s’ default range in another LAN',
        silent: ['pod-range-overlaps-node-network', 'cluster-cidr-mismatch', 'node-ranges-exhausted'],
        notes: 'Twin of k3s-default-unsaid.',
      });
}

/** GKE Dataplane V2 takes ranges from the nodes: without CiliumNodes nothing about ranges is open. */
function rangesWithoutCiliumNodes(): Scenario {
  const c = plain({ podCIDR: (n) => `10.8.${n}.0/24`, lan: '10.128.0.' });
  c.daemonSet('kube-system/anetd', {
    image: 'gke.gcr.io/cilium/cilium:v1.13.6-gke.21',
    container: 'cilium-agent',
    labels: { 'k8s-app': 'cilium' },
  });
  c.configMap('kube-system/cilium-config', { ipam: 'kubernetes' });
  crowd(c, (w, k) => `10.8.${w}.${k + 2}`, [1, 2, 3], '34.118.');
  c.service('default/kubernetes', { clusterIP: '34.118.224.1', port: 443, selector: null });
  return scenario('gke/without-cilium-nodes', c, {
    title: 'GKE Dataplane V2, of which no CiliumNode was read',
    exit: 3,
    cause: ['inconclusive'],
    notes: 'The ranges are the nodes’ own; the routers’ addresses, which no pod may hold, stand in what was not read.',
  });
}

/** I76: a virtual address of the control plane. */
function controlPlaneVip(address: string): Scenario {
  const inside = address.startsWith('10.96.');
  const c = plain({ lan: '192.168.30.' });
  c.controlPlane({ podRange: '10.244.0.0/16', serviceRange: '10.96.0.0/16' });
  c.configMap('kube-system/kubeadm-config', {
    ClusterConfiguration: `apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: ${address}:6443\nnetworking:\n  podSubnet: 10.244.0.0/16\n  serviceSubnet: 10.96.0.0/16\n`,
  });
  flannel(c, '10.244.0.0/16');
  c.daemonSet('kube-system/kube-vip-ds', {
    image: 'ghcr.io/kube-vip/kube-vip:v0.6.3',
    container: 'kube-vip',
    nodes: ['cp-1'],
    env: { vip_arp: 'true', cp_enable: 'true', address },
  });
  crowd(c, lan244);
  return inside
    ? scenario('static-ip-conflict/virtual-address-in-service-range', c, {
        title: 'The control plane’s virtual address lies in the Service range',
        source: ['sassoftware/viya4-iac-k8s#192'],
        ask: 'node/cp-1',
        cause: ['static-ip-conflict', 'infrastructure-address-conflict'],
        not: ['no-conflict', 'benign-sharing', 'cni-agent-unhealthy'],
        find: [{ id: 'static-ip-conflict', address, ranges: ['10.96.0.0/16'] }],
        notes: 'kube-proxy takes the address for one of its own.',
      })
    : scenario('no-conflict/virtual-address-in-lan', c, {
        title: 'The control plane’s virtual address lies in the LAN',
        silent: ['static-ip-conflict', 'pod-ip-equals-infrastructure-ip', 'duplicate-node-ip'],
        notes: 'Twin of virtual-address-in-service-range.',
      });
}

/** kube-vip as a static pod, which no workload speaks for. */
function staticKubeVip(where: 'service-range' | 'lan' | 'pod' | 'node' | 'second'): Scenario {
  const c = plain({
    lan: '192.168.30.',
    ...(where === 'second' ? { on: { 'cp-1': { ips: ['192.168.30.10', '192.168.30.250'] } } } : {}),
  });
  const address = {
    'service-range': '10.96.166.191',
    lan: '192.168.30.250',
    pod: '10.244.1.77',
    node: '192.168.30.10',
    second: '192.168.30.250',
  }[where];
  c.controlPlane({ podRange: '10.244.0.0/16', serviceRange: '10.96.0.0/16' });
  flannel(c, '10.244.0.0/16');
  c.pod('kube-system/kube-vip-cp-1', {
    node: 'cp-1',
    hostNetwork: true,
    ip: '192.168.30.10',
    owner: 'Node/cp-1',
    age: '60d',
    container: 'kube-vip',
    image: 'ghcr.io/kube-vip/kube-vip:v0.8.9',
    env: { vip_arp: 'true', cp_enable: 'true', [where === 'lan' ? 'vip_address' : 'address']: address },
  });
  crowd(c, lan244);
  if (where === 'pod') c.pod('erp/dunning-7d-x8vbn', { node: 'worker-1', ip: address, age: '5h', owner: 'ReplicaSet/dunning-7d' });
  if (where === 'service-range')
    return scenario('static-ip-conflict/static-pod-of-kube-vip', c, {
      title: 'kube-vip as a static pod, with an address of the Service range',
      source: ['sassoftware/viya4-iac-k8s#192'],
      ask: 'node/cp-1',
      cause: ['static-ip-conflict'],
      not: ['no-conflict', 'benign-sharing', 'cni-agent-unhealthy'],
      find: [{ id: 'static-ip-conflict', address, ranges: ['10.96.0.0/16'] }],
      notes: 'Only the environment of the pod says it.',
    });
  if (where === 'pod')
    return scenario('infrastructure-address-conflict/static-pod-of-kube-vip', c, {
      title: 'A pod has the address that kube-vip announces',
      ask: 'erp/dunning-7d-x8vbn',
      cause: ['infrastructure-address-conflict', 'static-ip-conflict'],
      not: ['no-conflict', 'ipam-state-corrupt'],
      find: [{ id: 'pod-ip-equals-infrastructure-ip', address, holders: ['erp/dunning-7d-x8vbn'] }],
      notes: 'The address was chosen inside a node’s pod range.',
    });
  if (where === 'node')
    return scenario('duplicate-node-ip/virtual-address', c, {
      title: 'A node is known by the virtual address of the control plane',
      ask: 'node/cp-1',
      cause: ['infrastructure-address-conflict'],
      not: ['no-conflict', 'benign-sharing'],
      find: [{ id: 'duplicate-node-ip', address, nodes: ['cp-1'], severity: 'warning' }],
      exit: 0,
      notes: 'The kubelet took it for the node’s own, or it was chosen so.',
    });
  const silent = ['static-ip-conflict', 'pod-ip-equals-infrastructure-ip', 'duplicate-node-ip'];
  return where === 'lan'
    ? scenario('no-conflict/static-pod-of-kube-vip', c, {
        title: 'kube-vip as a static pod, with an address of the LAN',
        silent,
        notes: 'Twin of static-ip-conflict/static-pod-of-kube-vip.',
      })
    : scenario('duplicate-node-ip/virtual-address-listed-too', c, {
        title: 'A cloud lists the virtual address behind the node’s own',
        silent,
        notes: 'Twin of virtual-address: the node is known by its own address.',
      });
}

/** I47 without a Service: the VIP stands in keepalived's configuration. */
function keepalivedVip(): Scenario {
  const c = inVpc();
  c.pod('erp/dunning-7d-x8vbn', { node: 'worker-1', ip: '10.60.16.77', age: '5h', owner: 'ReplicaSet/dunning-7d' });
  c.daemonSet('edge/keepalived', {
    image: 'registry.example.com/net/keepalived:2.2.8',
    nodes: ['worker-1'],
    env: { KEEPALIVED_VIRTUAL_IPADDRESS: '10.60.16.77/32' },
  });
  c.service('default/kubernetes', { clusterIP: '172.20.0.1', port: 443, selector: null });
  return scenario('infrastructure-address-conflict/keepalived', c, {
    title: 'A pod was given the address that keepalived announces',
    source: ['aws/amazon-vpc-cni-k8s#1466'],
    ask: 'erp/dunning-7d-x8vbn',
    cause: ['infrastructure-address-conflict', 'static-ip-conflict'],
    not: ['no-conflict', 'ipam-state-corrupt'],
    find: [{ id: ['pod-ip-equals-infrastructure-ip', 'static-ip-conflict'], address: '10.60.16.77', holders: ['erp/dunning-7d-x8vbn'] }],
    notes: 'A secondary address of the interface that the CNI takes for its own.',
  });
}

/** k3s with MetalLB instead of its own ServiceLB. */
function metalLbOnK3s(balancer: boolean): Scenario {
  const c = new Cluster({ version: '1.30.2' });
  c.node('edge-1', { ip: '192.168.1.20', podCIDRs: ['10.42.0.0/24'], labels: { 'node-role.kubernetes.io/control-plane': 'true' } });
  c.node('edge-2', { ip: '192.168.1.21', podCIDRs: ['10.42.1.0/24'] });
  k3s(c);
  if (balancer)
    c.daemonSet('metallb-system/speaker', { image: 'quay.io/metallb/speaker:v0.14.9', labels: { app: 'metallb', component: 'speaker' } });
  else c.daemonSet('kube-system/svclb-gateway-5d1f0c2e', { image: 'rancher/klipper-lb:v0.4.9' });
  c.pod('edge/gateway-6f-x2vbn', { node: 'edge-1', ip: '10.42.0.9', age: '3d', owner: 'ReplicaSet/gateway-6f' });
  c.service('edge/gateway', { type: 'LoadBalancer', clusterIP: '10.43.9.9', loadBalancer: '192.168.1.21', age: '3d' });
  c.service('default/kubernetes', { clusterIP: '10.43.0.1', port: 443, selector: null });
  return balancer
    ? scenario('duplicate-node-ip/metallb-on-k3s', c, {
        title: 'MetalLB on k3s gave a node’s address to a Service',
        source: ['metallb/metallb#364'],
        ask: 'service/edge/gateway',
        cause: ['infrastructure-address-conflict', 'service-ip-conflict'],
        not: ['benign-sharing', 'no-conflict'],
        find: [{ id: 'duplicate-node-ip', address: '192.168.1.21', severity: ['error', 'warning'] }],
        exit: [0, 1],
        notes: 'ServiceLB is off: nobody meant the node.',
      })
    : scenario('duplicate-node-ip/service-lb', c, {
        title: 'ServiceLB of k3s serves at the nodes’ addresses',
        silent: ['duplicate-node-ip'],
        notes: 'Twin of metallb-on-k3s: by design.',
      });
}

/** keepalived whose addresses stand in a ConfigMap: that of its configuration, or that by which kube-keepalived-vip names Services. */
function keepalivedConfigMap(by: 'volume' | 'argument', address: string): Scenario {
  const inside = address.startsWith('10.');
  const c = plain({ lan: '192.168.30.' });
  c.controlPlane({ podRange: '10.244.0.0/16', serviceRange: '10.96.0.0/16' });
  flannel(c, '10.244.0.0/16');
  crowd(c, lan244);
  c.daemonSet('edge/vip', {
    nodes: ['worker-1', 'worker-2'],
    ...(by === 'volume'
      ? { image: 'registry.example.com/net/keepalived:2.2.8', configMap: 'keepalived' }
      : { image: 'aledbf/kube-keepalived-vip:0.35', args: ['--services-configmap=edge/vip-configmap'] }),
  });
  if (by === 'volume')
    c.configMap('edge/keepalived', {
      'keepalived.conf': `vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  virtual_ipaddress {\n    ${address}/32 dev eth0\n  }\n}\n`,
    });
  else c.configMap('edge/vip-configmap', { [address]: 'web/front' });
  return inside
    ? scenario(`static-ip-conflict/keepalived-by-${by}`, c, {
        title: `keepalived’s address, known by the ${by} of its workload, lies in a range of the cluster`,
        cause: ['static-ip-conflict'],
        not: ['no-conflict', 'benign-sharing'],
        find: [{ id: 'static-ip-conflict', address }],
        notes: 'Only the ConfigMap that the workload names is read.',
      })
    : scenario('no-conflict/keepalived-in-lan', c, {
        title: 'keepalived’s address lies in the LAN',
        silent: ['static-ip-conflict', 'duplicate-node-ip', 'pod-ip-equals-infrastructure-ip'],
        notes: 'Twin of static-ip-conflict/keepalived-by-volume.',
      });
}

/** A part of Calico's pool that it leaves to MetalLB. */
function reservedForBalancer(reserved: boolean): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.244.0.0/16', args: [] });
  calico(c);
  crowd(c, lan244);
  calicoIpam(c, {
    pools: [{ name: 'default-ipv4-ippool', cidr: '10.244.0.0/16' }],
    blocks: { '10.244.1.0/26': 'worker-1', '10.244.2.0/26': 'worker-2', '10.244.3.0/26': 'worker-3' },
  });
  c.custom('metallb.io/v1beta1', 'IPAddressPool', 'metallb-system/bgp', { spec: { addresses: ['10.244.250.0/24'] } });
  if (reserved) c.custom('crd.projectcalico.org/v1', 'IPReservation', 'metallb', { spec: { reservedCIDRs: ['10.244.250.0/24'] } });
  return reserved
    ? scenario('no-conflict/reserved-for-balancer', c, {
        title: 'Calico leaves a part of its pool to MetalLB',
        silent: ['overlapping-pools'],
        notes: 'Twin of overlapping-pools/balancer-in-calico-pool.',
      })
    : scenario('overlapping-pools/balancer-in-calico-pool', c, {
        title: 'MetalLB’s pool lies in Calico’s, and neither gave an address of it yet',
        cause: ['ip-pool-overlap'],
        not: ['no-conflict'],
        find: [{ id: 'overlapping-pools', ranges: ['10.244.250.0/24', '10.244.0.0/16'], severity: 'warning' }],
        exit: 0,
        notes: 'An IPReservation would keep them apart.',
      });
}

/** Calico has a pool, and none for the pods that wait: it is disabled, or selects other nodes. Or that was so, and they have their addresses. */
function noPoolForPod(how: 'disabled' | 'selector' | 'over'): Scenario {
  const c = plain({ podCIDR: null });
  c.controlPlane({ podRange: '10.244.0.0/16', args: [] });
  calico(c);
  crowd(c, lan244);
  const waits = { node: 'worker-3', age: '20m', owner: 'ReplicaSet/cart-7d9' };
  c.pod('shop/cart-7d9-x2k4p', how === 'over' ? { ...waits, ip: '10.244.3.9' } : { ...waits, creating: true });
  c.sandboxFails(
    'shop/cart-7d9-x2k4p',
    'plugin type="calico" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; no configured Calico pools for node worker-3',
  );
  calicoIpam(c, {
    pools: [
      {
        name: 'default-ipv4-ippool',
        cidr: '10.244.0.0/16',
        disabled: how === 'disabled',
        ...(how === 'selector' ? { nodeSelector: 'rack == "r1"' } : {}),
      },
    ],
    blocks: { '10.244.1.0/26': 'worker-1', '10.244.2.0/26': 'worker-2', '10.244.3.0/26': 'worker-3' },
  });
  return how === 'over'
    ? scenario('no-conflict/pool-enabled-again', c, {
        title: 'Calico had no pool for a pod, which has its address now',
        silent: ['pool-exhausted', 'sandbox-creation-failing'],
        notes: 'Twin of ip-pool-exhausted/pool-disabled: an event is history.',
      })
    : scenario(`ip-pool-exhausted/pool-${how}`, c, {
        title: how === 'disabled' ? 'Calico’s only pool is disabled' : 'Calico’s only pool selects other nodes',
        source: ['projectcalico/calico libcalico-go/lib/ipam/ipam.go'],
        ask: 'shop/cart-7d9-x2k4p',
        cause: ['ip-pool-exhausted'],
        not: ['cni-agent-unhealthy', 'ipam-leak', 'no-conflict'],
        find: [
          { id: 'pool-exhausted', holders: ['shop/cart-7d9-x2k4p'], ranges: ['10.244.0.0/16'] },
          { id: 'sandbox-creation-failing', holders: ['shop/cart-7d9-x2k4p'] },
        ],
        silent: ['cni-agent-unhealthy', 'ipam-leak'],
        notes: 'The agents work; there is no pool from which this pod may get an address.',
      });
}

/** A load balancer's pool beside what nodes, Services and pods have: I76 before anything was given. */
function balancerPool(kind: 'MetalLB' | 'ConfigMap' | 'Cilium', addresses: string, workers = 3): Scenario {
  const c = plain({ lan: '192.168.1.', workers });
  c.controlPlane({ podRange: '10.244.0.0/16', serviceRange: '10.96.0.0/16' });
  flannel(c, '10.244.0.0/16');
  if (workers > 0) crowd(c, lan244);
  if (kind === 'MetalLB') c.custom('metallb.io/v1beta1', 'IPAddressPool', 'metallb-system/lan', { spec: { addresses: [addresses] } });
  if (kind === 'Cilium') c.custom('cilium.io/v2', 'CiliumLoadBalancerIPPool', 'edge', { spec: { blocks: [{ cidr: addresses }] } });
  if (kind === 'ConfigMap')
    c.daemonSet('metallb-system/speaker', { image: 'metallb/speaker:v0.9.6' }).configMap('metallb-system/config', {
      config: `address-pools:\n- name: default\n  protocol: layer2\n  addresses:\n  - ${addresses}\n`,
    });
  c.service('shop/web', { type: 'LoadBalancer', clusterIP: '10.96.40.1', age: '2h' });
  const overlaps = (id: string, title: string, severity: 'error' | 'warning', range?: string): Scenario =>
    scenario(`overlapping-pools/${id}`, c, {
      title,
      source: ['metallb/metallb#364'],
      cause: ['ip-pool-overlap'],
      not: ['no-conflict', 'benign-sharing'],
      find: [
        { id: 'overlapping-pools', severity, ...(range === undefined ? { nodes: ['cp-1', 'worker-1'] } : { ranges: [addresses, range] }) },
      ],
      notes: 'Nothing was given out of it yet.',
    });
  if (addresses === '192.168.1.240-192.168.1.250' || workers === 0)
    return scenario(workers === 0 ? 'no-conflict/balancer-on-one-machine' : 'no-conflict/balancer-in-lan', c, {
      title:
        workers === 0 ? 'A single machine, whose address its load balancer gives' : 'A load balancer’s pool in the subnet of the nodes',
      silent: ['overlapping-pools', 'duplicate-node-ip'],
      notes: 'Twin of overlapping-pools/balancer-holds-nodes.',
    });
  if (kind === 'MetalLB') return overlaps('balancer-holds-nodes', 'MetalLB’s pool holds addresses of nodes', 'warning');
  if (kind === 'Cilium')
    return overlaps('balancer-in-pod-range', 'Cilium’s load-balancer pool lies in a node’s pod range', 'error', '10.244.1.0/24');
  return overlaps('balancer-in-service-range', 'MetalLB’s pool, in its old ConfigMap, lies in the Service range', 'error', '10.96.0.0/16');
}

/** Whereabouts' network_name: one range on two wires, each with a pool of its own. On one wire it is a conflict. */
function oneRangeTwoNames(master: string): Scenario {
  const apart = master !== 'ens5';
  const c = plain({ version: '1.29.8' });
  c.controlPlane({ podRange: '10.244.0.0/16' });
  flannel(c, '10.244.0.0/16');
  agents.multus(c);
  agents.whereabouts(c);
  crowd(c, lan244);
  const range = '192.168.5.0/24';
  attachment(c, 'core/n6', { type: 'macvlan', master: 'ens5', ipam: { type: 'whereabouts', range } });
  attachment(c, 'access/n3', { type: 'macvlan', master, ipam: { type: 'whereabouts', range, network_name: 'access' } });
  for (const [pod, network, w] of [
    ['core/smf-0', 'core/n6', 1],
    ['access/gnb-0', 'access/n3', 2],
  ] as const)
    c.pod(pod, {
      node: `worker-${w}`,
      ip: `10.244.${w}.60`,
      age: '9d',
      owner: `StatefulSet/${pod.split('/')[1]!.slice(0, -2)}`,
      annotations: attached(`10.244.${w}.60`, { [network]: '192.168.5.1' }),
    });
  whereaboutsPool(c, range, { '1': 'core/smf-0' });
  c.custom('whereabouts.cni.cncf.io/v1alpha1', 'IPPool', 'kube-system/access-192.168.5.0-24', {
    spec: { range, allocations: { '1': { id: 'access/gnb-0-sandbox', podref: 'access/gnb-0', ifname: 'net1' } } },
  });
  return apart
    ? scenario('whereabouts/one-range-two-wires', c, {
        title: 'One range under two network names, on two interfaces',
        silent: ['overlapping-pools', 'ipam-double-allocation', 'duplicate-secondary-ip'],
        quiet: ['core/smf-0', 'access/gnb-0'],
        notes: 'network_name sets the pools apart, and the wires are two.',
      })
    : scenario('whereabouts/one-range-one-wire', c, {
        title: 'One range under two network names, on one interface',
        ask: 'access/gnb-0',
        cause: ['ip-pool-overlap'],
        not: ['no-conflict', 'benign-sharing', 'allocation-race'],
        find: [{ id: 'duplicate-secondary-ip', address: '192.168.5.1' }],
        notes: 'Twin of one-range-two-wires: the pools do not see each other.',
      });
}

export const byHand: readonly Scenario[] = [
  barePodsOfSubnets(['ovn-cluster', 'ovn-cluster']),
  barePodsOfSubnets(['mint', 'sage']),
  twoRecordsOfOneMachine(),
  addressOfAnotherNode(true),
  addressOfAnotherNode(false),
  hcnEndpoint(),
  twoNodesOneRing(true),
  twoNodesOneRing(false),
  k3sDefaultUnsaid('10.42.201.'),
  k3sDefaultUnsaid('192.168.1.'),
  rangesWithoutCiliumNodes(),
  controlPlaneVip('10.96.166.191'),
  controlPlaneVip('192.168.30.250'),
  staticKubeVip('service-range'),
  staticKubeVip('lan'),
  staticKubeVip('pod'),
  staticKubeVip('node'),
  staticKubeVip('second'),
  keepalivedVip(),
  keepalivedConfigMap('volume', '10.96.166.191'),
  keepalivedConfigMap('argument', '10.244.1.250'),
  keepalivedConfigMap('volume', '192.168.30.250'),
  reservedForBalancer(true),
  reservedForBalancer(false),
  noPoolForPod('disabled'),
  noPoolForPod('selector'),
  noPoolForPod('over'),
  balancerPool('MetalLB', '192.168.1.10-192.168.1.60'),
  balancerPool('MetalLB', '192.168.1.240-192.168.1.250'),
  balancerPool('MetalLB', '192.168.1.10/32', 0),
  balancerPool('ConfigMap', '10.96.40.0/24'),
  balancerPool('Cilium', '10.244.1.0/28'),
  metalLbOnK3s(true),
  metalLbOnK3s(false),
  oneRangeTwoNames('ens6'),
  oneRangeTwoNames('ens5'),
];
