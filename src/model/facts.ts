import type { Range } from '../ip/range.ts';
import type { Evidence, Severity } from './finding.ts';
import type { Gap } from './gap.ts';
import type { Json } from './json.ts';
import type { PodTable } from './pod-table.ts';
import type { Resource } from './resource.ts';

/** Answers have three values: what could not be read is neither yes nor no. */
export type Tri = 'yes' | 'no' | 'unknown';

/** The name of the network that every pod's eth0 is on. */
export const POD_NETWORK = 'pod';

export type NodeFact = {
  readonly name: string;
  readonly uid: string;
  readonly created: number | undefined;
  readonly deletion: number | undefined;
  readonly finalizers: readonly string[];
  /** Canonical InternalIPs, then ExternalIPs. */
  readonly internalIPs: readonly string[];
  readonly externalIPs: readonly string[];
  /** spec.podCIDRs. Whether they mean anything depends on the CNI. */
  readonly podCIDRs: readonly Range[];
  /** Which writer managedFields names for spec.podCIDR. */
  readonly podCIDRManager: string | undefined;
  readonly ready: Tri;
  readonly readySince: number | undefined;
  readonly readyMessage: string;
  /** Its kubelet does not report: what its pods' status says may be old. */
  readonly unreachable: boolean;
  /** A fake node (kwok, virtual-kubelet, Fargate): its pods are not on this cluster's wire. */
  readonly virtual: boolean;
  readonly windows: boolean;
  readonly machineID: string | undefined;
  readonly systemUUID: string | undefined;
  readonly bootID: string | undefined;
  readonly kubeletVersion: string | undefined;
  readonly runtime: string | undefined;
  readonly providerID: string | undefined;
  readonly maxPods: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly taints: readonly string[];
};

export type ServiceFact = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly created: number | undefined;
  readonly type: string;
  readonly clusterIPs: readonly string[];
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  /** `80/TCP`. */
  readonly ports: readonly string[];
  /** The key under which LoadBalancer Services share an address on purpose. */
  readonly sharingKey: string | undefined;
  /** The load-balancer address that it asks for by name: clouds and kube-vip give one to several Services that do, by port. */
  readonly wantedAddress: string | undefined;
};

/** One address of one EndpointSlice. */
export type EndpointFact = {
  readonly namespace: string;
  readonly slice: string;
  readonly service: string;
  readonly address: string;
  readonly ready: boolean;
  readonly target: { readonly kind: string; readonly namespace: string; readonly name: string; readonly uid: string } | undefined;
};

export type EventFact = {
  readonly reason: string;
  readonly type: string;
  readonly message: string;
  readonly count: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string; readonly uid: string };
  readonly component: string;
  readonly host: string;
};

export type Workload = {
  readonly kind: 'DaemonSet' | 'Deployment' | 'StatefulSet' | 'CronJob';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly created: number | undefined;
  /** `container=image`, init containers included. */
  readonly images: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** Names of the ConfigMaps that its pods mount. */
  readonly configMaps: readonly string[];
  readonly podLabels: Readonly<Record<string, string>>;
  readonly podAnnotations: Readonly<Record<string, string>>;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly desired: number | undefined;
  readonly ready: number | undefined;
  readonly updated: number | undefined;
  /** Of a DaemonSet: each of its pods is ready and runs this template, as far as its status tells. */
  readonly steady: boolean;
  readonly updateStrategy: string | undefined;
  /** Of a CronJob. */
  readonly lastScheduled: number | undefined;
  readonly suspended: boolean;
};

export type ConfigMapFact = {
  readonly namespace: string;
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly created: number | undefined;
};

/** A range that somebody configured for the whole cluster. */
export type ClusterRange = {
  readonly purpose: 'pod' | 'service';
  readonly range: Range;
  readonly ref: string;
  /** What states it: running arguments outrank what kubeadm once wrote. `observed` is computed from addresses in use. */
  readonly basis: 'flag' | 'object' | 'cni' | 'kubeadm' | 'kube-proxy' | 'observed';
};

/** What the control plane says about handing out node ranges. */
export type NodeIpamFact = {
  /** Whether some controller allocates Node.spec.podCIDRs. */
  readonly allocates: Tri;
  readonly allocators: readonly { readonly pod: string; readonly args: string }[];
  /** Prefix length of a node's range, per family, where a flag states it. */
  readonly maskSize4: number | undefined;
  readonly maskSize6: number | undefined;
};

/** Everything that can be said without knowing the CNI: the input of its recognition. */
export type BaseFacts = {
  readonly now: number;
  readonly kubernetesVersion: string | undefined;
  readonly pods: PodTable;
  /** Whether the table holds the pods of the whole cluster: only then does a pod that is missing from it not exist. */
  readonly podsComplete: boolean;
  /** Why it seems to hold those of a part of the cluster only, where files do not say which. */
  readonly podsAreOfPart: string | undefined;
  readonly nodes: readonly NodeFact[];
  readonly node: (name: string) => NodeFact | undefined;
  readonly services: readonly ServiceFact[];
  readonly endpoints: readonly EndpointFact[];
  readonly events: readonly EventFact[];
  readonly workloads: readonly Workload[];
  readonly configMaps: readonly ConfigMapFact[];
  readonly configMap: (namespace: string | undefined, name: string) => ConfigMapFact | undefined;
  readonly clusterRanges: readonly ClusterRange[];
  readonly nodeIpam: NodeIpamFact;
  /** Objects of a custom kind that were read. */
  readonly objects: (resource: Resource) => readonly Json[];
  readonly read: (resource: Resource) => Tri;
  readonly serves: (resource: Resource) => Tri;
};

/** How a CNI shows itself in this cluster. */
export type Recognition = {
  readonly id: string;
  readonly title: string;
  /** Versions of the running agents, newest first; several while a rollout is under way. */
  readonly versions: readonly string[];
  readonly confidence: 'high' | 'medium' | 'low';
  /** `primary` hands out pod addresses; `policy` only enforces; `meta` calls others; `ipam` serves secondary networks; `leftover` does nothing any more. */
  readonly role: 'primary' | 'policy' | 'meta' | 'ipam' | 'leftover';
  /** The allocator and its mode: `calico-ipam`, `cluster-pool`, `host-local`. */
  readonly ipam: string;
  readonly evidence: readonly Evidence[];
  readonly agents: readonly AgentSet[];
  /** When its workload was created: who was there first. */
  readonly since: number | undefined;
};

/** The pods of one CNI component. */
export type AgentSet = {
  readonly cni: string;
  /** `node`: one on every node, pods there depend on it. `controller`: a few for the cluster. */
  readonly kind: 'node' | 'controller';
  /** A controller that gives pods their addresses: what it forgets, the whole cluster forgets. */
  readonly allocates: boolean;
  readonly name: string;
  readonly workload: Workload | undefined;
  /** Containers whose log says something about addresses. */
  readonly logContainers: readonly string[];
  /** Rows in the pod table. */
  readonly pods: readonly number[];
};

/** How pods get their addresses, which decides what may be compared with what. */
export type AddressModel =
  /** Every node hands out its own range; ranges must be disjoint. */
  | 'node-range'
  /** A cluster-wide allocator hands out of pools. */
  | 'pool'
  /** Pods live in the network of the nodes (VPC, subnet): no ranges to compare. */
  | 'node-network'
  | 'unknown';

/** A range that one node hands pod addresses out of. */
export type NodeRange = {
  readonly range: Range;
  readonly node: string;
  readonly network: string;
  readonly ref: string;
  readonly source: string;
  /** Out of a range or pool of its own, whatever is stated for the cluster. */
  readonly beside?: true;
};

export type Pool = {
  readonly name: string;
  readonly ref: string;
  /** Pools of different scopes (VPC, VLAN, network) may repeat addresses. */
  readonly network: string;
  readonly ranges: readonly Range[];
  readonly enabled: boolean;
  /** Whom it is kept for, in the words of its object: other nodes and namespaces get nothing of it. */
  readonly only?: string;
  /** What the allocator is told to leave out of it. */
  readonly reserved?: readonly Range[];
  /** Set when the pool belongs to one node. */
  readonly node: string | undefined;
  /** Addresses it can give, and gives now, where that can be known. */
  readonly capacity: number | undefined;
  readonly used: number | undefined;
  /** Where nodes take blocks out of a pool. */
  readonly blockSize: number | undefined;
  readonly blocks: number | undefined;
  readonly blocksUsed: number | undefined;
  /** What a unit of the pool is: addresses for pods, or ranges for nodes. */
  readonly gives: 'addresses' | 'node-ranges';
  readonly created: number | undefined;
};

/** A piece of a pool that one node allocates from. */
export type Block = {
  readonly range: Range;
  readonly ref: string;
  readonly node: string | undefined;
  /** `record` is the block itself, `claim` a node's claim to it; the record wins. */
  readonly kind: 'record' | 'claim';
  readonly state: 'confirmed' | 'pending';
  readonly created: number | undefined;
};

/** An IPAM record that an address is in use. */
export type Allocation = {
  readonly address: string;
  readonly network: string;
  readonly ref: string;
  readonly purpose: 'pod' | 'infrastructure' | 'reserved';
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
  readonly node: string | undefined;
  /** The allocator's key for the owner: a container id or a name. */
  readonly handle: string | undefined;
  readonly at: number | undefined;
};

/** An address that the network itself uses on a node. */
export type InfrastructureAddress = {
  readonly address: string;
  readonly node: string;
  readonly network: string;
  readonly role: 'tunnel' | 'router' | 'gateway' | 'health' | 'ingress' | 'join' | 'vip';
  readonly ref: string;
  /** The CNI whose address it is; filled in where the profiles' answers are merged. */
  readonly cni?: string;
};

/** Something a CNI tells nodes apart by; two nodes with one value are one node to it. */
export type NodeIdentity = { readonly node: string; readonly what: string; readonly value: string; readonly ref: string };

/** An address asked for by hand. */
export type StaticRequest = {
  readonly address: string;
  readonly network: string;
  readonly ref: string;
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
  /** The workload whose pod template asks, for all its replicas. */
  readonly workload:
    | { readonly kind: string; readonly namespace: string; readonly name: string; readonly replicas: number | undefined }
    | undefined;
  /** Whether the allocator checks it: `no` can make a duplicate, `yes` makes a pod that waits. */
  readonly checked: Tri;
  readonly text: string;
};

/** An address of a pod on a network other than the pod network. */
export type Attachment = {
  readonly address: string;
  readonly network: string;
  readonly interface: string;
  readonly mac: string | undefined;
  /** Row in the pod table. */
  readonly row: number;
  readonly ref: string;
};

/** A secondary network. */
export type SecondaryNetwork = {
  readonly name: string;
  readonly ref: string;
  readonly plugin: string;
  readonly ipam: string;
  readonly ranges: readonly Range[];
  /** Whether one node's pods can reach another's on it: a bridge without uplink is an island on each node. */
  readonly shared: Tri;
};

/** When the allocator's store came into being: older pods cannot be in it. */
export type StoreFact = { readonly ref: string; readonly created: number; readonly text: string };

/** What one CNI's objects say, in words that fit any CNI. */
export type CniFacts = {
  readonly addressing: AddressModel;
  readonly nodeRanges: readonly NodeRange[];
  /** Nodes that cannot have a range yet, since the agent there has not asked for one. */
  readonly rangeNotAskedFor: readonly string[];
  readonly pools: readonly Pool[];
  readonly blocks: readonly Block[];
  readonly allocations: readonly Allocation[];
  /** Networks whose allocations are recorded completely, so that a missing record means "not allocated". */
  readonly recordedNetworks: readonly string[];
  readonly infrastructure: readonly InfrastructureAddress[];
  readonly identities: readonly NodeIdentity[];
  readonly staticRequests: readonly StaticRequest[];
  readonly attachments: readonly Attachment[];
  readonly networks: readonly SecondaryNetwork[];
  readonly stores: readonly StoreFact[];
  readonly clusterRanges: readonly ClusterRange[];
  /** The scope of a pod's own address, for CNIs where several networks may repeat one (VPCs). */
  readonly podNetwork: ((row: number) => string) | undefined;
  /** Marks on a pod that show which CNI plumbed it: `yes` marked, `no` known to be unmarked. */
  readonly plumbed: ((row: number) => Tri) | undefined;
  /** An operator's own complaint about a node, kept in a status field. */
  readonly complaints: readonly Complaint[];
  readonly gaps: readonly Gap[];
};

export type Complaint = { readonly node: string | undefined; readonly means: SignalKind; readonly evidence: Evidence };

/** What a recognised line of a log, an event or a status field proves. */
export type SignalKind =
  | 'pool-exhausted'
  | 'no-pool'
  | 'node-range-exhausted'
  | 'node-ranges-exhausted'
  | 'node-range-missing'
  | 'range-outside-cluster'
  | 'range-on-two-nodes'
  | 'two-range-allocators'
  | 'bridge-keeps-old-range'
  | 'agent-not-running'
  | 'agent-misconfigured'
  | 'agent-cannot-reach-api'
  | 'cni-not-initialised'
  | 'address-taken'
  | 'route-taken'
  | 'node-address-taken'
  | 'duplicate-seen'
  | 'overlap-seen'
  | 'state-lost'
  | 'state-inconsistent'
  | 'live-address-freed'
  | 'allocator-started-empty'
  | 'identity-clash'
  | 'address-not-in-pool'
  | 'release-failed'
  | 'version-mismatch'
  | 'service-address-clash';

export type Signal = {
  readonly means: SignalKind;
  readonly cni: string;
  readonly severity: Severity;
  readonly node: string | undefined;
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
  /** Addresses and ranges that the text names, canonical. */
  readonly addresses: readonly string[];
  readonly ranges: readonly string[];
  readonly nodesNamed: readonly string[];
  readonly podsNamed: readonly { readonly namespace: string; readonly name: string }[];
  readonly at: number | undefined;
  readonly count: number;
  readonly evidence: Evidence;
  /** Where the meaning of the text comes from. */
  readonly knowledge: string;
};

/** A line worth recognising. Patterns match the constant part of a message, never its level. */
export type Signature = {
  readonly means: SignalKind;
  readonly pattern: RegExp;
  readonly in: 'log' | 'event' | 'both';
  readonly severity: Severity;
  /** Source file or issue behind the reading. */
  readonly knowledge: string;
};

/** All facts about a cluster: what detections and diagnosis look at. */
export type ClusterFacts = BaseFacts &
  Omit<CniFacts, 'podNetwork' | 'plumbed' | 'gaps' | 'complaints'> & {
    readonly cnis: readonly Recognition[];
    readonly signals: readonly Signal[];
    readonly gaps: readonly Gap[];
    readonly confirmed: ReadonlySet<string>;
    /** The same for facts that differ in nothing but what was confirmed: what is found out for one of them holds for all. */
    readonly basis: object;
    readonly offline: boolean;
    /** The network scope of a pod's own address: POD_NETWORK unless a CNI knows better. */
    readonly podNetwork: (row: number) => string;
    readonly plumbed: (row: number) => Tri;
    /** Rows with a given canonical address on the pod network. */
    readonly rowsAt: (address: string) => readonly number[];
    /** Addresses that more than one row has, in the order of the first of these. */
    readonly repeated: readonly string[];
  };
