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
      'cni-conf.json': '{"name":"cbr0","cniVersion":"0.3.1","plugins":[{"type":"flannel","delegate":{"hairpinMode":true,"isDefaultGateway":true}},{"type":"portmap","capabilities":{"portMappings":true}}]}',
      'net-conf.json': JSON.stringify({ Network: network, EnableNFTables: false, Backend: { Type: 'vxlan' } }),
    })
    .daemonSet(`${namespace}/kube-flannel-ds`, { image: `ghcr.io/flannel-io/flannel:${version}`, container: 'kube-flannel', labels: { app: 'flannel', 'k8s-app': 'flannel' }, ...more });
}
