import type { Cluster, DaemonSetOptions, Plain, When } from './build.ts';

type Agent = { readonly version?: string; readonly age?: When; readonly namespace?: string } & Partial<DaemonSetOptions>;

/** Flannel as its manifest installs it. Nodes are annotated with what flannel knows them by. */
export function flannel(cluster: Cluster, network: string, agent: Agent = {}): Cluster {
  const { version = 'v0.26.1', namespace = 'kube-flannel', ...more } = agent;
  for (const name of more.nodes ?? cluster.nodes) {
    const node = cluster.objects.get(`v1|Node|/${name}`)!;
    const meta = node['metadata'] as { annotations?: Plain };
    const address = (node['status'] as { addresses: { address: string }[] }).addresses[0]!.address;
    const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
    meta.annotations = {
      'flannel.alpha.coreos.com/backend-data': JSON.stringify({ VNI: 1, VtepMAC: `ea:1b:${octets.join(':')}` }),
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
      'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
      'flannel.alpha.coreos.com/public-ip': address,
      ...meta.annotations,
    };
  }
  return cluster
    .configMap(`${namespace}/kube-flannel-cfg`, {
      'cni-conf.json':
        '{"name":"cbr0","cniVersion":"0.3.1","plugins":[{"type":"flannel","delegate":{"hairpinMode":true,"isDefaultGateway":true}},{"type":"portmap","capabilities":{"portMappings":true}}]}',
      'net-conf.json': JSON.stringify({ Network: network, EnableNFTables: false, Backend: { Type: 'vxlan' } }),
    })
    .daemonSet(`${namespace}/kube-flannel-ds`, {
      image: `ghcr.io/flannel-io/flannel:${version}`,
      container: 'kube-flannel',
      labels: { app: 'flannel', 'k8s-app': 'flannel' },
      ...more,
    });
}

/** k3s: flannel inside the k3s process, seen by node annotations only. */
export function k3s(cluster: Cluster): Cluster {
  for (const name of cluster.nodes) {
    const node = cluster.objects.get(`v1|Node|/${name}`)!;
    const meta = node['metadata'] as { annotations?: Plain };
    const address = addressOf(cluster, name);
    meta.annotations = {
      'flannel.alpha.coreos.com/backend-data': JSON.stringify({ VNI: 1, VtepMAC: macOf(address) }),
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
      'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
      'flannel.alpha.coreos.com/public-ip': address,
      'k3s.io/internal-ip': address,
      ...meta.annotations,
    };
    (node['status'] as { nodeInfo: Plain }).nodeInfo['kubeletVersion'] = `v${cluster.version}+k3s1`;
  }
  return cluster;
}

const addressOf = (cluster: Cluster, name: string): string =>
  (cluster.objects.get(`v1|Node|/${name}`)!['status'] as { addresses: { address: string }[] }).addresses[0]!.address;
const macOf = (address: string): string =>
  `ea:1b:${address
    .split('.')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join(':')}`;

export function annotate(cluster: Cluster, kind: 'Node' | 'Pod', ref: string, annotations: Plain): void {
  const object = cluster.objects.get(kind === 'Node' ? `v1|Node|/${ref}` : `v1|Pod|${ref}`)!;
  const meta = object['metadata'] as { annotations?: Plain };
  meta.annotations = { ...meta.annotations, ...annotations };
}

/** Calico as its manifest installs it: agents, configuration, annotations of the nodes. Its records are written by calicoIpam. */
export function calico(
  cluster: Cluster,
  agent: Agent & {
    readonly tunnels?: Readonly<Record<string, string>>;
    readonly ipam?: 'calico-ipam' | 'host-local';
    readonly controller?: Plain;
  } = {},
): Cluster {
  const { version = 'v3.29.1', namespace = 'kube-system', tunnels = {}, ipam = 'calico-ipam', controller, ...more } = agent;
  for (const name of more.nodes ?? cluster.nodes) {
    annotate(cluster, 'Node', name, {
      'projectcalico.org/IPv4Address': `${addressOf(cluster, name)}/24`,
      ...(tunnels[name] === undefined ? {} : { 'projectcalico.org/IPv4VXLANTunnelAddr': tunnels[name] }),
      ...(cluster.objects.get(`v1|Node|/${name}`)!['metadata'] as { annotations?: Plain }).annotations,
    });
  }
  cluster.configMap(
    `${namespace}/calico-config`,
    {
      calico_backend: 'vxlan',
      cni_network_config: JSON.stringify({
        name: 'k8s-pod-network',
        cniVersion: '0.3.1',
        plugins: [
          {
            type: 'calico',
            datastore_type: 'kubernetes',
            ipam: ipam === 'calico-ipam' ? { type: 'calico-ipam' } : { type: 'host-local', subnet: 'usePodCidr' },
          },
        ],
      }),
    },
    more.age,
  );
  cluster.daemonSet(`${namespace}/calico-node`, {
    image: `docker.io/calico/node:${version}`,
    labels: { 'k8s-app': 'calico-node' },
    env: { DATASTORE_TYPE: 'kubernetes', CALICO_IPV4POOL_VXLAN: 'Always' },
    ...more,
  });
  const at = (more.nodes ?? cluster.nodes).at(-1)!;
  cluster.workload('Deployment', `${namespace}/calico-kube-controllers`, {
    image: `docker.io/calico/kube-controllers:${version}`,
    ...(more.age === undefined ? {} : { age: more.age }),
  });
  return cluster.pod(`${namespace}/calico-kube-controllers-6d8f-q7wzn`, {
    node: at,
    hostNetwork: true,
    ip: addressOf(cluster, at),
    container: 'calico-kube-controllers',
    image: `docker.io/calico/kube-controllers:${version}`,
    owner: 'ReplicaSet/calico-kube-controllers-6d8f',
    age: more.age ?? '60d',
    ...controller,
  });
}

const number4 = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
const within = (address: string, cidr: string): boolean => {
  const [base, prefix] = cidr.split('/');
  const size = 2 ** (32 - Number(prefix));
  return !address.includes(':') && Math.floor(number4(address) / size) === Math.floor(number4(base!) / size);
};

export type CalicoRecords = {
  readonly pools: readonly {
    readonly name: string;
    readonly cidr: string;
    readonly blockSize?: number;
    readonly disabled?: boolean;
    readonly nodeSelector?: string;
    readonly age?: When;
  }[];
  /** Block → node it is affine to. */
  readonly blocks: Readonly<Record<string, string>>;
  readonly blockAges?: Readonly<Record<string, When>>;
  /** Pods whose address has no record, or that another CNI set up. */
  readonly omit?: readonly string[];
  readonly foreign?: readonly string[];
  /** Records without a pod that can be seen, or that say something else than the pod does. */
  readonly extra?: readonly {
    readonly address: string;
    readonly pod?: string;
    readonly node?: string;
    readonly handle?: string;
    readonly type?: string;
    readonly age?: When;
  }[];
  readonly affinities?: readonly { readonly cidr: string; readonly node: string; readonly state?: string; readonly age?: When }[];
  readonly storeAge?: When;
};

/** IPPools, IPAMBlocks with what the pods hold, BlockAffinities. Call it when all pods are there. */
export function calicoIpam(cluster: Cluster, records: CalicoRecords): Cluster {
  const group = 'crd.projectcalico.org';
  for (const [kind, plural] of [
    ['IPPool', 'ippools'],
    ['IPAMBlock', 'ipamblocks'],
    ['BlockAffinity', 'blockaffinities'],
  ] as const)
    cluster.crd(kind, plural, group, records.storeAge);
  for (const pool of records.pools)
    cluster.custom(
      `${group}/v1`,
      'IPPool',
      pool.name,
      {
        spec: {
          cidr: pool.cidr,
          blockSize: pool.blockSize ?? 26,
          vxlanMode: 'Always',
          natOutgoing: true,
          nodeSelector: pool.nodeSelector ?? 'all()',
          ...(pool.disabled ? { disabled: true } : {}),
        },
      },
      pool.age,
    );
  const held = [...cluster.objects.values()]
    .filter((object) => object['kind'] === 'Pod')
    .flatMap((pod) => {
      const meta = pod['metadata'] as { name: string; namespace: string; creationTimestamp: string };
      const spec = pod['spec'] as { hostNetwork?: boolean; nodeName?: string };
      const status = pod['status'] as { phase: string; podIPs?: { ip: string }[] };
      const ref = `${meta.namespace}/${meta.name}`;
      if (spec.hostNetwork || status.phase === 'Succeeded' || status.phase === 'Failed') return [];
      const ips = (status.podIPs ?? []).map(({ ip }) => ip).filter((ip) => !ip.includes(':'));
      if (!records.foreign?.includes(ref) && ips.length > 0)
        annotate(cluster, 'Pod', ref, {
          'cni.projectcalico.org/podIP': `${ips[0]}/32`,
          'cni.projectcalico.org/podIPs': ips.map((ip) => `${ip}/32`).join(','),
          'cni.projectcalico.org/containerID': `${ref}-sandbox`,
        });
      return records.omit?.includes(ref) || records.foreign?.includes(ref)
        ? []
        : ips.map((address) => ({ address, pod: ref, node: spec.nodeName, age: meta.creationTimestamp }));
    });
  const tunnels = cluster.nodes.flatMap((node) => {
    const annotations = (cluster.objects.get(`v1|Node|/${node}`)!['metadata'] as { annotations?: Plain }).annotations ?? {};
    const address = annotations['projectcalico.org/IPv4VXLANTunnelAddr'];
    return typeof address === 'string' && !records.extra?.some((entry) => entry.address === address)
      ? [{ address, node, handle: `vxlan-tunnel-addr-${node}`, type: 'vxlanTunnelAddress', age: undefined, pod: undefined }]
      : [];
  });
  const taken = new Set<string>();
  for (const [cidr, node] of Object.entries(records.blocks)) {
    const name = cidr.replaceAll(/[./]/g, '-');
    const size = 2 ** (32 - Number(cidr.split('/')[1]));
    const attributes: Plain[] = [];
    const allocations: (number | null)[] = Array.from({ length: size }, () => null);
    for (const entry of [...(records.extra ?? []), ...tunnels, ...held]) {
      const ordinal = number4(entry.address) - number4(cidr.split('/')[0]!);
      if (!within(entry.address, cidr) || taken.has(entry.address) || allocations[ordinal] !== null) continue;
      taken.add(entry.address);
      allocations[ordinal] = attributes.length;
      const [namespace, pod] = entry.pod?.split('/') ?? [];
      const handle =
        'handle' in entry && entry.handle !== undefined ? entry.handle : `k8s-pod-network.${entry.pod ?? entry.address}-sandbox`;
      const type = 'type' in entry ? entry.type : undefined;
      attributes.push({
        handle_id: handle,
        secondary: {
          ...(pod === undefined ? {} : { namespace, pod }),
          ...(entry.node === undefined ? {} : { node: entry.node }),
          ...(type === undefined ? {} : { type }),
          timestamp: cluster
            .at(entry.age ?? '30d')
            .replace('T', ' ')
            .replace('Z', ' +0000 UTC'),
        },
      });
    }
    cluster.custom(
      `${group}/v1`,
      'IPAMBlock',
      name,
      { spec: { cidr, ...(node === '' ? {} : { affinity: `host:${node}` }), allocations, attributes, unallocated: [] } },
      records.blockAges?.[cidr],
    );
    if (node !== '' && !records.affinities?.some((affinity) => affinity.cidr === cidr && affinity.node === node))
      cluster.custom(
        `${group}/v1`,
        'BlockAffinity',
        `${node}-${name}`,
        { spec: { cidr, node, state: 'confirmed', deleted: 'false', type: 'host' } },
        records.blockAges?.[cidr],
      );
  }
  for (const { cidr, node, state, age } of records.affinities ?? [])
    cluster.custom(
      `${group}/v1`,
      'BlockAffinity',
      `${node}-${cidr.replaceAll(/[./]/g, '-')}`,
      { spec: { cidr, node, state: state ?? 'confirmed', deleted: 'false', type: 'host' } },
      age,
    );
  return cluster;
}

export type CiliumOptions = Agent & {
  readonly ipam?: string;
  readonly pool?: string;
  readonly mask?: number;
  readonly config?: Readonly<Record<string, string>>;
  /** Node → its ranges. */
  readonly ranges?: Readonly<Record<string, readonly string[]>>;
  readonly router?: Readonly<Record<string, string>>;
  readonly errors?: Readonly<Record<string, string>>;
  readonly operator?: Plain;
  readonly specs?: Readonly<Record<string, Plain>>;
  readonly statuses?: Readonly<Record<string, Plain>>;
};

export function cilium(cluster: Cluster, options: CiliumOptions = {}): Cluster {
  const {
    version = 'v1.17.16',
    namespace = 'kube-system',
    ipam = 'cluster-pool',
    pool,
    mask = 24,
    config = {},
    ranges = {},
    router = {},
    errors = {},
    operator = {},
    specs = {},
    statuses = {},
    ...more
  } = options;
  cluster.configMap(
    `${namespace}/cilium-config`,
    {
      ipam,
      ...(pool === undefined ? {} : { 'cluster-pool-ipv4-cidr': pool, 'cluster-pool-ipv4-mask-size': String(mask) }),
      'enable-ipv4': 'true',
      'enable-ipv6': 'false',
      'routing-mode': 'tunnel',
      ...config,
    },
    more.age,
  );
  cluster.daemonSet(`${namespace}/cilium`, {
    image: `quay.io/cilium/cilium:${version}`,
    container: 'cilium-agent',
    labels: { 'k8s-app': 'cilium' },
    ...more,
  });
  const first = cluster.nodes[0]!;
  cluster.workload('Deployment', `${namespace}/cilium-operator`, {
    image: `quay.io/cilium/operator-generic:${version}`,
    container: 'cilium-operator',
    labels: { name: 'cilium-operator' },
    ...(more.age === undefined ? {} : { age: more.age }),
  });
  cluster.pod(`${namespace}/cilium-operator-7c9d4-p6hvt`, {
    node: first,
    hostNetwork: true,
    ip: addressOf(cluster, first),
    container: 'cilium-operator',
    image: `quay.io/cilium/operator-generic:${version}`,
    owner: 'ReplicaSet/cilium-operator-7c9d4',
    labels: { name: 'cilium-operator' },
    age: more.age ?? '60d',
    ...operator,
  });
  cluster.crd('CiliumNode', 'ciliumnodes', 'cilium.io', more.age, 'v2');
  for (const node of more.nodes ?? cluster.nodes) {
    const created = (cluster.objects.get(`v1|Node|/${node}`)!['metadata'] as { creationTimestamp: string }).creationTimestamp;
    cluster.custom(
      'cilium.io/v2',
      'CiliumNode',
      node,
      {
        spec: {
          addresses: [
            { type: 'InternalIP', ip: addressOf(cluster, node) },
            ...(router[node] === undefined ? [] : [{ type: 'CiliumInternalIP', ip: router[node] }]),
          ],
          ...(ranges[node] === undefined ? { ipam: {} } : { ipam: { podCIDRs: ranges[node] } }),
          ...specs[node],
        },
        status: { ipam: { 'operator-status': errors[node] === undefined ? {} : { error: errors[node] } }, ...statuses[node] },
      },
      created,
    );
  }
  return cluster;
}

/** Any CNI that needs no more than its DaemonSet. */
export const agents = {
  kindnet: (cluster: Cluster, more: Partial<DaemonSetOptions> = {}): Cluster =>
    cluster.daemonSet('kube-system/kindnet', {
      image: 'docker.io/kindest/kindnetd:v20250214-acbabc1a',
      container: 'kindnet-cni',
      env: { POD_SUBNET: '10.244.0.0/16' },
      ...more,
    }),
  kubeRouter: (cluster: Cluster, more: Partial<DaemonSetOptions> = {}): Cluster =>
    cluster.daemonSet('kube-system/kube-router', {
      image: 'docker.io/cloudnativelabs/kube-router:v2.5.0',
      args: ['--run-router=true', '--run-firewall=true', '--run-service-proxy=false'],
      ...more,
    }),
  awsNode: (cluster: Cluster, version = 'v1.19.2', more: Partial<DaemonSetOptions> = {}): Cluster =>
    cluster.daemonSet('kube-system/aws-node', {
      image: `602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:${version}`,
      labels: { 'k8s-app': 'aws-node' },
      env: { WARM_ENI_TARGET: '1' },
      ...more,
    }),
  azureCns: (cluster: Cluster, version = 'v1.6.21', more: Partial<DaemonSetOptions> = {}): Cluster =>
    cluster.daemonSet('kube-system/azure-cns', {
      image: `mcr.microsoft.com/containernetworking/azure-cns:${version}`,
      container: 'cns-container',
      labels: { 'k8s-app': 'azure-cns' },
      ...more,
    }),
  antrea: (cluster: Cluster, version = 'v2.7.0', more: Partial<DaemonSetOptions> = {}): Cluster =>
    cluster
      .configMap('kube-system/antrea-config', { 'antrea-agent.conf': 'trafficEncapMode: encap\n' })
      .daemonSet('kube-system/antrea-agent', {
        image: `antrea/antrea-agent-ubuntu:${version}`,
        labels: { app: 'antrea', component: 'antrea-agent' },
        ...more,
      }),
  weave: (
    cluster: Cluster,
    range: string,
    more: Partial<DaemonSetOptions> & { readonly peers?: readonly (readonly [string, string])[] } = {},
  ): Cluster => {
    const { peers, ...rest } = more;
    const named = peers ?? cluster.nodes.map((node) => [macOf(addressOf(cluster, node)), node] as const);
    return cluster
      .configMap('kube-system/weave-net', {}, undefined, {
        'kube-peers.weave.works/peers': JSON.stringify({ Peers: named.map(([PeerName, NodeName]) => ({ PeerName, NodeName })) }),
      })
      .daemonSet('kube-system/weave-net', {
        image: 'weaveworks/weave-kube:2.6.5',
        container: 'weave',
        labels: { name: 'weave-net' },
        env: { IPALLOC_RANGE: range },
        ...rest,
      });
  },
  ovnKubernetes: (
    cluster: Cluster,
    subnets: Readonly<Record<string, readonly string[]>>,
    more: Partial<DaemonSetOptions> = {},
  ): Cluster => {
    for (const [node, ranges] of Object.entries(subnets))
      annotate(cluster, 'Node', node, { 'k8s.ovn.org/node-subnets': JSON.stringify({ default: ranges }) });
    return cluster
      .configMap('ovn-kubernetes/ovn-config', { net_cidr: '10.128.0.0/14/23', svc_cidr: '10.96.0.0/12' })
      .daemonSet('ovn-kubernetes/ovnkube-node', {
        image: 'ghcr.io/ovn-kubernetes/ovn-kubernetes/ovn-kube-ubuntu:v1.2.0',
        container: 'ovnkube-controller',
        ...more,
      });
  },
  openshiftSdn: (cluster: Cluster, subnets: Readonly<Record<string, string>>): Cluster => {
    for (const [node, subnet] of Object.entries(subnets))
      cluster.custom('network.openshift.io/v1', 'HostSubnet', node, { host: node, hostIP: addressOf(cluster, node), subnet });
    cluster.custom('network.openshift.io/v1', 'ClusterNetwork', 'default', {
      network: '10.128.0.0/14',
      hostsubnetlength: 9,
      serviceNetwork: '172.30.0.0/16',
      clusterNetworks: [{ CIDR: '10.128.0.0/14', hostSubnetLength: 9 }],
      pluginName: 'redhat/openshift-ovs-networkpolicy',
    });
    return cluster.daemonSet('openshift-sdn/sdn', { image: 'quay.io/openshift-release-dev/ocp-v4.0-art-dev:4.14-sdn' });
  },
  kubeOvn: (cluster: Cluster, version = 'v1.13.13', more: Partial<DaemonSetOptions> & { readonly controller?: Plain } = {}): Cluster => {
    const { controller, ...rest } = more;
    cluster.daemonSet('kube-system/kube-ovn-cni', { image: `docker.io/kubeovn/kube-ovn:${version}`, container: 'cni-server', ...rest });
    cluster.workload('Deployment', 'kube-system/kube-ovn-controller', { image: `docker.io/kubeovn/kube-ovn:${version}` });
    const first = cluster.nodes[0]!;
    return cluster.pod('kube-system/kube-ovn-controller-5bd8c-vt2kx', {
      node: first,
      hostNetwork: true,
      ip: addressOf(cluster, first),
      container: 'kube-ovn-controller',
      image: `docker.io/kubeovn/kube-ovn:${version}`,
      owner: 'ReplicaSet/kube-ovn-controller-5bd8c',
      age: '60d',
      ...controller,
    });
  },
  multus: (cluster: Cluster): Cluster =>
    cluster.daemonSet('kube-system/kube-multus-ds', {
      image: 'ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.4-thick',
      container: 'kube-multus',
      labels: { app: 'multus' },
    }),
  whereabouts: (cluster: Cluster, version = 'v0.9.2'): Cluster =>
    cluster.daemonSet('kube-system/whereabouts', { image: `ghcr.io/k8snetworkplumbingwg/whereabouts:${version}` }),
  spiderpool: (cluster: Cluster): Cluster =>
    cluster.daemonSet('kube-system/spiderpool-agent', { image: 'ghcr.io/spidernet-io/spiderpool/spiderpool-agent:v1.0.4' }),
};

/** Kube-OVN's Subnets, and an IP object and annotations for every pod that lies in one. Call it when all pods are there. */
export function kubeOvnIpam(
  cluster: Cluster,
  subnets: readonly {
    readonly name: string;
    readonly cidr: string;
    readonly vpc?: string;
    readonly available?: number;
    readonly using?: number;
    readonly age?: When;
    readonly gateway?: string;
  }[],
  more: { readonly omit?: readonly string[]; readonly switches?: Readonly<Record<string, string>> } = {},
): Cluster {
  cluster.crd('Subnet', 'subnets', 'kubeovn.io').crd('IP', 'ips', 'kubeovn.io');
  for (const { name, cidr, vpc, available, using, age, gateway } of subnets)
    cluster.custom(
      'kubeovn.io/v1',
      'Subnet',
      name,
      {
        spec: {
          vpc: vpc ?? 'ovn-cluster',
          cidrBlock: cidr,
          gateway: gateway ?? cidr.replace(/\d+\/\d+$/, '1'),
          protocol: 'IPv4',
          provider: 'ovn',
        },
        status: { v4availableIPs: available ?? 65_000, v4usingIPs: using ?? 20 },
      },
      age,
    );
  for (const pod of [...cluster.objects.values()].filter((object) => object['kind'] === 'Pod')) {
    const { name, namespace } = pod['metadata'] as { name: string; namespace: string };
    const spec = pod['spec'] as { hostNetwork?: boolean; nodeName?: string };
    const status = pod['status'] as { phase: string; podIP?: string };
    const ref = `${namespace}/${name}`;
    const subnet =
      subnets.find((candidate) => candidate.name === more.switches?.[ref]) ??
      subnets.find((candidate) => status.podIP !== undefined && within(status.podIP, candidate.cidr));
    if (spec.hostNetwork || status.podIP === undefined || subnet === undefined || status.phase !== 'Running') continue;
    annotate(cluster, 'Pod', ref, {
      'ovn.kubernetes.io/allocated': 'true',
      'ovn.kubernetes.io/ip_address': status.podIP,
      'ovn.kubernetes.io/logical_switch': subnet.name,
      'ovn.kubernetes.io/cidr': subnet.cidr,
      'ovn.kubernetes.io/vpc': subnet.vpc ?? 'ovn-cluster',
    });
    if (!more.omit?.includes(ref))
      cluster.custom(
        'kubeovn.io/v1',
        'IP',
        `${name}.${namespace}`,
        {
          spec: {
            podName: name,
            namespace,
            subnet: subnet.name,
            nodeName: spec.nodeName,
            ipAddress: status.podIP,
            v4IpAddress: status.podIP,
            v6IpAddress: '',
            podType: '',
          },
        },
        (pod['metadata'] as { creationTimestamp: string }).creationTimestamp,
      );
  }
  return cluster;
}

/** A NetworkAttachmentDefinition. */
export const attachment = (cluster: Cluster, ref: string, config: Plain): Cluster =>
  cluster.custom('k8s.cni.cncf.io/v1', 'NetworkAttachmentDefinition', ref, {
    spec: { config: JSON.stringify({ cniVersion: '0.3.1', name: ref.split('/')[1], ...config }) },
  });

/** Annotations of a pod that Multus attached to networks: name → address. */
export const attached = (podIP: string, networks: Readonly<Record<string, string>>): Plain => ({
  'k8s.v1.cni.cncf.io/networks': Object.keys(networks).join(', '),
  'k8s.v1.cni.cncf.io/network-status': JSON.stringify([
    { name: 'cbr0', interface: 'eth0', ips: [podIP], default: true, dns: {} },
    ...Object.entries(networks).map(([name, ip], index) => ({ name, interface: `net${index + 1}`, ips: [ip], dns: {} })),
  ]),
});

/** Whereabouts' IPPool: offset in the range → pod. */
export const whereaboutsPool = (cluster: Cluster, range: string, allocations: Readonly<Record<string, string>>, age?: When): Cluster =>
  cluster.crd('IPPool', 'ippools', 'whereabouts.cni.cncf.io', undefined, 'v1alpha1', 'Namespaced').custom(
    'whereabouts.cni.cncf.io/v1alpha1',
    'IPPool',
    `kube-system/${range.replaceAll(/[/]/g, '-')}`,
    {
      spec: {
        range,
        allocations: Object.fromEntries(
          Object.entries(allocations).map(([offset, podref]) => [offset, { id: `${podref}-sandbox`, podref, ifname: 'net1' }]),
        ),
      },
    },
    age,
  );
