import { CNIS } from '../cni/index.ts';

const GROUPS = [
  'projectcalico.org',
  'tigera.io',
  'cilium.io',
  'kubeovn.io',
  'k8s.ovn.org',
  'cncf.io',
  'antrea.io',
  'spidernet.io',
  'network.openshift.io',
  'operator.openshift.io',
  'k8s.aws',
  'azure.com',
  'gke.io',
  'aliyun.com',
  'virtualmachineinstancemigrations.kubevirt.io',
];
/** Pods whose logs tell about addresses. */
const AGENTS =
  'calico|canal|cilium|anetd|flannel|weave|antrea|kube-ovn|ovnkube|aws-node|azure-cn|multus|whereabouts|spiderpool|kindnet|kube-router|controller-manager|(^| )sdn';
const CORE: readonly (readonly [file: string, resource: string])[] = [
  ['pods', 'pods'],
  ['nodes', 'nodes'],
  ['services', 'services'],
  ['daemonsets.apps', 'daemonsets.apps'],
  ['deployments.apps', 'deployments.apps'],
  ['statefulsets.apps', 'statefulsets.apps'],
  ['cronjobs.batch', 'cronjobs.batch'],
  ['endpointslices.discovery.k8s.io', 'endpointslices.discovery.k8s.io'],
  ['events', 'events'],
  ['namespaces', 'namespaces'],
  ['servicecidrs.networking.k8s.io', 'servicecidrs.networking.k8s.io'],
  ['networks.config.openshift.io', 'networks.config.openshift.io'],
];

/** A POSIX shell script of plain kubectl commands that collects what `capture` does; `-f` reads the folder it writes. */
export function captureScript(options: { readonly logs: 'none' | 'agents' | 'all'; readonly since: string | undefined }): string {
  const configMaps = [...new Set(['kubeadm-config', 'kube-proxy', ...CNIS.flatMap((profile) => profile.configMaps ?? [])])];
  const select = options.logs === 'all' ? 'cat' : `grep -E '${AGENTS}'`;
  const since = options.since === undefined ? '' : ` --since=${options.since}`;
  return `#!/bin/sh
# Collects what \`kubectl ipconflict\` needs to judge a cluster, with kubectl only. It reads; it changes nothing in the cluster.
# No Secrets. Values of environment variables are taken out, but for the network settings of CNI agents.
# Usage: sh capture.sh [FOLDER]      then: kubectl ipconflict check -f FOLDER
set -u
out=\${1:-ipconflict-capture}
kubectl=\${KUBECTL:-kubectl}
if [ -e "$out" ]; then echo "$out exists already; give another folder" >&2; exit 2; fi
mkdir -p "$out/objects" "$out/logs" || exit 2

strip() {
  awk '
    /"kubectl.kubernetes.io\\/last-applied-configuration":/ { comma = /,$/ ? "," : ""; sub(/:.*/, ": \\"\\"" comma) }
    /^ *"value": / && before ~ /^ *"name": / && before !~ /"name": "(CALICO_|FELIX_|IP6?"|IP6?_AUTODETECTION|IPALLOC_|USE_POD_CIDR"|DATASTORE_TYPE"|ETCD_ENDPOINTS"|CLUSTER_TYPE"|AWS_VPC_|[A-Z0-9_]*(CIDR|SUBNET|IPAM))/ {
      comma = /,$/ ? "," : ""; sub(/:.*/, ": \\"\\"" comma)
    }
    { print; before = $0 }
  '
}

# get NAME ARGUMENTS: one file of objects; what went wrong stands beside it.
get() {
  name=$1; shift
  "$kubectl" get "$@" -o json 2>"$out/objects/$name.err" | strip >"$out/objects/$name.json"
  [ -s "$out/objects/$name.json" ] || rm -f "$out/objects/$name.json"
  [ -s "$out/objects/$name.err" ] || rm -f "$out/objects/$name.err"
  echo "$name" >&2
}

date -u +%Y-%m-%dT%H:%M:%SZ >"$out/capture-time"
"$kubectl" version -o json >"$out/version.json" 2>/dev/null || rm -f "$out/version.json"
${CORE.map(([file, resource]) => `get ${file} ${resource} -A`).join('\n')}
for name in ${configMaps.join(' ')}; do
  get "configmaps.$name" configmaps -A --field-selector "metadata.name=$name"
done
crds=$("$kubectl" get customresourcedefinitions -o name 2>/dev/null | sed 's|.*/||' | grep -E '(${GROUPS.map((group) => group.replaceAll('.', '\\.')).join('|')})$')
for crd in $crds; do
  get "$crd" "$crd" -A
done
case " $crds " in *ipamblocks.crd.projectcalico.org*) get customresourcedefinitions.ipamblocks customresourcedefinition ipamblocks.crd.projectcalico.org ;; esac
${
  options.logs === 'none'
    ? ''
    : `
# NAMESPACE POD CONTAINER…
"$kubectl" get pods -A -o jsonpath='{range .items[*]}{.metadata.namespace}{" "}{.metadata.name}{range .spec.containers[*]}{" "}{.name}{end}{"\\n"}{end}' |
${select} | while read -r namespace pod containers; do
  for container in $containers; do
    mkdir -p "$out/logs/$namespace/$pod"
    log="$out/logs/$namespace/$pod/$container"
    "$kubectl" logs -n "$namespace" "$pod" -c "$container" --timestamps --tail=2000${since} >"$log.log" 2>/dev/null </dev/null || rm -f "$log.log"
    "$kubectl" logs -n "$namespace" "$pod" -c "$container" --timestamps --tail=2000 --previous >"$log.previous.log" 2>/dev/null </dev/null || rm -f "$log.previous.log"
  done
  echo "logs of $namespace/$pod" >&2
done
`
}
echo "written to $out; judge it with: kubectl ipconflict check -f $out" >&2
`;
}
