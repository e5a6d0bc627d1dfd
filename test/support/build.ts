import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dump } from 'js-yaml';

export type Plain = { [key: string]: unknown };
/** `12d`, `3h`, `45m`, `20s` before now, or an RFC 3339 time. */
export type When = string;

export type ClusterOptions = {
  readonly now?: string;
  readonly version?: string;
  readonly age?: When;
  readonly runtime?: string;
};

export type ControlPlaneOptions = {
  readonly podRange?: string;
  readonly serviceRange?: string;
  /** What kubeadm-config says, where it differs from the arguments. */
  readonly podSubnet?: string;
  readonly args?: readonly string[];
  readonly node?: string;
  readonly restarted?: When;
  readonly kubeadm?: boolean;
};

export type NodeOptions = {
  readonly ip?: string;
  readonly ips?: readonly string[];
  readonly podCIDRs?: readonly string[];
  readonly podCIDRManager?: string;
  readonly age?: When;
  readonly deleting?: When;
  readonly finalizers?: readonly string[];
  readonly ready?: 'True' | 'False' | 'Unknown';
  readonly readyReason?: string;
  readonly readyMessage?: string;
  readonly readySince?: When;
  readonly labels?: Plain;
  readonly annotations?: Plain;
  readonly taints?: readonly Plain[];
  readonly info?: Plain;
  readonly maxPods?: number;
  readonly providerID?: string;
};

export type PodOptions = {
  readonly node?: string;
  readonly ip?: string;
  readonly ips?: readonly string[];
  readonly age?: When;
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly reason?: string;
  readonly hostNetwork?: boolean;
  readonly owner?: string;
  readonly labels?: Plain;
  readonly annotations?: Plain;
  readonly container?: string;
  readonly image?: string;
  readonly args?: readonly string[];
  readonly env?: Plain;
  readonly ready?: boolean;
  readonly restarts?: number;
  /** When the former container ended. */
  readonly ended?: When;
  readonly exitCode?: number;
  readonly waiting?: string;
  readonly deleting?: When;
  readonly grace?: number;
  /** Containers have ended, though the pod is still listed. */
  readonly stopped?: boolean;
  /** Never started a container. */
  readonly creating?: boolean;
  readonly nodeSelector?: Plain;
};

export type DaemonSetOptions = {
  readonly image: string;
  readonly container?: string;
  readonly age?: When;
  readonly nodes?: readonly string[];
  readonly desired?: number;
  readonly updated?: number;
  readonly hostNetwork?: boolean;
  readonly labels?: Plain;
  readonly env?: Plain;
  readonly args?: readonly string[];
  /** The ConfigMap that its pods mount. */
  readonly configMap?: string;
  readonly nodeSelector?: Plain;
  readonly strategy?: 'OnDelete' | 'RollingUpdate';
  /** What is different about the pod on a node. */
  readonly on?: Readonly<Record<string, PodOptions>>;
};

export type ServiceOptions = {
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly pods?: readonly string[];
  readonly type?: 'ClusterIP' | 'LoadBalancer' | 'NodePort';
  readonly loadBalancer?: string;
  readonly externalIPs?: readonly string[];
  readonly annotations?: Plain;
  readonly age?: When;
  readonly port?: number;
  readonly selector?: Plain | null;
  readonly addresses?: readonly string[];
};

export type EventOptions = {
  readonly reason: string;
  readonly message: string;
  readonly age?: When;
  readonly first?: When;
  readonly count?: number;
  readonly type?: 'Normal' | 'Warning';
  readonly host?: string;
};

export type Want = {
  readonly id: string | readonly string[];
  readonly address?: string;
  readonly holders?: readonly string[];
  readonly ranges?: readonly string[];
  readonly nodes?: readonly string[];
  readonly severity?: string | readonly string[];
  readonly optional?: boolean;
};

/** The same fields as ../shared/incidents/<id>/expect.json; `silent` are finding ids that may not be reported at error or warning. */
export type Expectation = {
  readonly title: string;
  readonly source?: readonly string[];
  readonly command: string;
  readonly exit: number | readonly number[];
  readonly verdict: { readonly cause: readonly string[]; readonly notCause?: readonly string[] };
  readonly findings?: readonly Want[];
  readonly silent?: readonly string[];
  readonly quiet?: readonly string[];
  readonly knownBug?: { readonly id: string };
  /** No published bug fits, though one looks alike. */
  readonly noKnownBug?: boolean;
  /** Too little was read for a verdict that is certain. */
  readonly unsure?: boolean;
  readonly also?: readonly { readonly command: string; readonly exit: number | readonly number[] }[];
  readonly notes: string;
};

export type Scenario = { readonly id: string; readonly cluster: Cluster; readonly expect: Expectation };

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const uid = (text: string): string => hash(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
const known = (object: Plain): Plain => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
const split = (ref: string): [string, string] => [ref.slice(0, ref.indexOf('/')), ref.slice(ref.indexOf('/') + 1)];

/** A cluster as its API server would list it: only the fields that matter, all times relative to one moment. */
export class Cluster {
  readonly now: string;
  readonly version: string;
  readonly age: When;
  readonly objects = new Map<string, Plain>();
  readonly logs = new Map<string, string>();
  readonly nodes: string[] = [];
  private readonly runtime: string;

  constructor(options: ClusterOptions = {}) {
    this.now = options.now ?? '2026-03-11T09:30:00Z';
    this.version = options.version ?? '1.32.4';
    this.age = options.age ?? '120d';
    this.runtime = options.runtime ?? 'containerd://1.7.27';
  }

  at(when: When): string {
    const match = /^(\d+)([dhms])$/.exec(when);
    if (!match) return when;
    return new Date(Date.parse(this.now) - Number(match[1]) * UNITS[match[2]!]! * 1000).toISOString().replace('.000Z', 'Z');
  }

  add(object: Plain): this {
    const meta = object['metadata'] as { readonly namespace?: string; readonly name: string };
    this.objects.set(`${String(object['apiVersion'])}|${String(object['kind'])}|${meta.namespace ?? ''}/${meta.name}`, object);
    return this;
  }

  meta(kind: string, name: string, namespace: string | undefined, age: When | undefined, more: Plain = {}): Plain {
    return known({
      name,
      namespace,
      uid: uid(`${kind}/${namespace ?? ''}/${name}`),
      creationTimestamp: this.at(age ?? this.age),
      ...more,
    });
  }

  /** Any other object: `custom('crd.projectcalico.org/v1', 'IPPool', 'pool-a', { spec })`. */
  custom(apiVersion: string, kind: string, ref: string, body: Plain, age?: When, more: Plain = {}): this {
    const [namespace, name] = ref.includes('/') ? split(ref) : [undefined, ref];
    return this.add({ apiVersion, kind, metadata: this.meta(kind, name, namespace, age, more), ...body });
  }

  crd(kind: string, plural: string, group: string, age?: When, version = 'v1', scope = 'Cluster'): this {
    return this.custom(
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      `${plural}.${group}`,
      {
        spec: { group, names: { kind, plural }, scope, versions: [{ name: version, served: true, storage: true }] },
      },
      age,
    );
  }

  node(name: string, options: NodeOptions = {}): this {
    this.nodes.push(name);
    const age = options.age ?? this.age;
    const ips = options.ips ?? (options.ip === undefined ? [] : [options.ip]);
    const ready = options.ready ?? 'True';
    return this.add({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: this.meta(
        'Node',
        name,
        undefined,
        age,
        known({
          deletionTimestamp: options.deleting === undefined ? undefined : this.at(options.deleting),
          finalizers: options.finalizers,
          labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...options.labels },
          annotations: options.annotations,
          managedFields:
            options.podCIDRs === undefined || options.podCIDRs.length === 0
              ? undefined
              : [
                  {
                    manager: options.podCIDRManager ?? 'kube-controller-manager',
                    operation: 'Update',
                    apiVersion: 'v1',
                    time: this.at(age),
                    fieldsType: 'FieldsV1',
                    fieldsV1: { 'f:spec': { 'f:podCIDR': {} } },
                  },
                ],
        }),
      ),
      spec: known({ podCIDR: options.podCIDRs?.[0], podCIDRs: options.podCIDRs, taints: options.taints, providerID: options.providerID }),
      status: {
        addresses: [...ips.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: name }],
        allocatable: { pods: String(options.maxPods ?? 110) },
        conditions: [
          {
            type: 'Ready',
            status: ready,
            reason:
              options.readyReason ?? (ready === 'True' ? 'KubeletReady' : ready === 'False' ? 'KubeletNotReady' : 'NodeStatusUnknown'),
            message:
              options.readyMessage ??
              (ready === 'True'
                ? 'kubelet is posting ready status'
                : ready === 'Unknown'
                  ? 'Kubelet stopped posting node status.'
                  : 'container runtime network not ready'),
            lastHeartbeatTime: this.at(ready === 'True' ? '0s' : (options.readySince ?? age)),
            lastTransitionTime: this.at(options.readySince ?? age),
          },
        ],
        nodeInfo: {
          machineID: hash(`machine ${name}`).slice(0, 32),
          systemUUID: uid(`system ${name}`),
          bootID: uid(`boot ${name}`),
          kubeletVersion: `v${this.version}`,
          containerRuntimeVersion: this.runtime,
          operatingSystem: 'linux',
          ...options.info,
        },
      },
    });
  }

  pod(ref: string, options: PodOptions = {}): this {
    const [namespace, name] = split(ref);
    const [ownerKind, ownerName] = options.owner === undefined ? [] : options.owner.split('/');
    const ips = options.ips ?? (options.ip === undefined ? [] : [options.ip]);
    const phase = options.phase ?? (options.creating ? 'Pending' : 'Running');
    const container = options.container ?? 'app';
    const image = options.image ?? `registry.example.com/${name.split('-')[0]}:1.4.2`;
    const age = options.age ?? '30d';
    const done = phase === 'Succeeded' || phase === 'Failed' || options.stopped === true;
    const restarts = options.restarts ?? 0;
    const ended = {
      terminated: {
        exitCode: options.exitCode ?? (phase === 'Failed' ? 1 : 0),
        reason: 'Completed',
        finishedAt: this.at(options.ended ?? '10m'),
      },
    };
    const state = options.creating
      ? { waiting: { reason: options.waiting ?? 'ContainerCreating' } }
      : options.waiting
        ? { waiting: { reason: options.waiting } }
        : done
          ? ended
          : { running: { startedAt: this.at(options.ended ?? age) } };
    const ready = options.ready ?? 'running' in state;
    return this.add({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: this.meta(
        'Pod',
        name,
        namespace,
        age,
        known({
          labels: options.labels ?? { app: name.split('-')[0] },
          annotations: options.annotations,
          deletionTimestamp: options.deleting === undefined ? undefined : this.at(options.deleting),
          deletionGracePeriodSeconds: options.deleting === undefined ? undefined : (options.grace ?? 30),
          ownerReferences:
            ownerKind === undefined
              ? undefined
              : [
                  {
                    apiVersion: ownerKind === 'Job' ? 'batch/v1' : ownerKind === 'Node' ? 'v1' : 'apps/v1',
                    kind: ownerKind,
                    name: ownerName,
                    uid: uid(`${ownerKind}/${ownerKind === 'Node' ? '' : namespace}/${ownerName}`),
                    controller: true,
                  },
                ],
        }),
      ),
      spec: known({
        nodeName: options.node,
        hostNetwork: options.hostNetwork === true ? true : undefined,
        nodeSelector: options.nodeSelector,
        containers: [
          known({
            name: container,
            image,
            command: options.args === undefined ? undefined : [container, ...options.args],
            env: options.env === undefined ? undefined : Object.entries(options.env).map(([key, value]) => ({ name: key, value })),
          }),
        ],
      }),
      status: known({
        phase,
        reason: options.reason,
        startTime: options.node === undefined ? undefined : this.at(age),
        podIP: ips[0],
        podIPs: ips.length === 0 ? undefined : ips.map((ip) => ({ ip })),
        hostIP: options.node === undefined ? undefined : this.nodeIP(options.node),
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: this.at(options.ended ?? age) }],
        containerStatuses:
          options.node === undefined
            ? undefined
            : [
                known({
                  name: container,
                  image,
                  ready,
                  restartCount: restarts,
                  state,
                  lastState:
                    restarts > 0 && options.ended !== undefined && !done
                      ? { terminated: { exitCode: options.exitCode ?? 1, reason: 'Error', finishedAt: this.at(options.ended) } }
                      : undefined,
                }),
              ],
      }),
    });
  }

  private nodeIP(node: string): string | undefined {
    const addresses = (this.objects.get(`v1|Node|/${node}`)?.['status'] as { addresses?: { type: string; address: string }[] } | undefined)
      ?.addresses;
    return addresses?.find((address) => address.type === 'InternalIP')?.address;
  }

  /** A DaemonSet and its pod on every node; pods are named after their node, and live in its network unless told otherwise. */
  daemonSet(ref: string, options: DaemonSetOptions): this {
    const [namespace, name] = split(ref);
    const nodes = options.nodes ?? this.nodes;
    const container = options.container ?? name;
    const labels = options.labels ?? { app: name };
    for (const node of nodes) {
      const own = options.on?.[node] ?? {};
      const hostNetwork = own.hostNetwork ?? options.hostNetwork ?? true;
      const nodeAge = this.objects.get(`v1|Node|/${node}`)?.['metadata'] as { creationTimestamp: string } | undefined;
      const age = this.at(options.age ?? this.age);
      const created = nodeAge === undefined || nodeAge.creationTimestamp < age ? age : nodeAge.creationTimestamp;
      const hostIP = this.nodeIP(node);
      this.pod(
        `${namespace}/${name}-${hash(`${name} ${node}`).slice(0, 5)}`,
        known({
          node,
          container,
          labels,
          image: options.image,
          hostNetwork,
          owner: `DaemonSet/${name}`,
          age: created,
          ip: hostNetwork ? hostIP : undefined,
          env: options.env,
          args: options.args,
          ...own,
        }) as PodOptions,
      );
    }
    return this.add({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: this.meta('DaemonSet', name, namespace, options.age),
      spec: {
        selector: { matchLabels: labels },
        updateStrategy: { type: options.strategy ?? 'RollingUpdate' },
        template: {
          metadata: { labels },
          spec: known({
            hostNetwork: options.hostNetwork ?? true,
            nodeSelector: options.nodeSelector,
            containers: [
              known({
                name: container,
                image: options.image,
                args: options.args,
                env: options.env === undefined ? undefined : Object.entries(options.env).map(([key, value]) => ({ name: key, value })),
              }),
            ],
            volumes: options.configMap === undefined ? undefined : [{ name: 'config', configMap: { name: options.configMap } }],
          }),
        },
      },
      status: {
        desiredNumberScheduled: options.desired ?? nodes.length,
        currentNumberScheduled: nodes.length,
        numberReady: nodes.length,
        updatedNumberScheduled: options.updated ?? nodes.length,
      },
    });
  }

  /** Name of the pod that a DaemonSet has on a node, as `namespace/name`. */
  daemonPod(ref: string, node: string): string {
    return `${ref}-${hash(`${split(ref)[1]} ${node}`).slice(0, 5)}`;
  }

  workload(
    kind: 'Deployment' | 'StatefulSet',
    ref: string,
    options: {
      image?: string;
      container?: string;
      replicas?: number;
      annotations?: Plain;
      age?: When;
      args?: readonly string[];
      labels?: Plain;
    } = {},
  ): this {
    const [namespace, name] = split(ref);
    const labels = options.labels ?? { app: name };
    return this.add({
      apiVersion: 'apps/v1',
      kind,
      metadata: this.meta(kind, name, namespace, options.age),
      spec: {
        replicas: options.replicas ?? 1,
        selector: { matchLabels: labels },
        template: {
          metadata: known({ labels, annotations: options.annotations }),
          spec: {
            containers: [
              known({ name: options.container ?? name, image: options.image ?? `registry.example.com/${name}:1.4.2`, args: options.args }),
            ],
          },
        },
      },
      status: { replicas: options.replicas ?? 1, readyReplicas: options.replicas ?? 1 },
    });
  }

  /** A Service, with an EndpointSlice for the pods it selects. */
  service(ref: string, options: ServiceOptions = {}): this {
    const [namespace, name] = split(ref);
    const clusterIPs = options.clusterIPs ?? (options.clusterIP === undefined ? [] : [options.clusterIP]);
    const port = options.port ?? 80;
    const selector = options.selector === null ? undefined : (options.selector ?? { app: name });
    this.add({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: this.meta('Service', name, namespace, options.age ?? '60d', known({ annotations: options.annotations })),
      spec: known({
        type: options.type ?? 'ClusterIP',
        selector,
        clusterIP: clusterIPs[0],
        clusterIPs: clusterIPs.length === 0 ? undefined : clusterIPs,
        externalIPs: options.externalIPs,
        ports: [{ port, protocol: 'TCP' }],
      }),
      status: { loadBalancer: options.loadBalancer === undefined ? {} : { ingress: [{ ip: options.loadBalancer }] } },
    });
    if (options.pods === undefined && options.addresses === undefined) return this;
    const endpoints = (options.pods ?? []).flatMap((pod) => {
      const object = this.objects.get(`v1|Pod|${pod}`);
      const meta = object?.['metadata'] as { uid: string; deletionTimestamp?: string } | undefined;
      const status = object?.['status'] as { podIP?: string } | undefined;
      const node = (object?.['spec'] as { nodeName?: string } | undefined)?.nodeName;
      return status?.podIP === undefined
        ? []
        : [
            {
              addresses: [status.podIP],
              conditions: {
                ready: meta?.deletionTimestamp === undefined,
                serving: true,
                terminating: meta?.deletionTimestamp !== undefined,
              },
              nodeName: node,
              targetRef: { kind: 'Pod', namespace: split(pod)[0], name: split(pod)[1], uid: meta?.uid },
            },
          ];
    });
    const manual = (options.addresses ?? []).map((address) => ({ addresses: [address], conditions: { ready: true } }));
    return this.endpointSlice(`${namespace}/${name}-${hash(ref).slice(0, 5)}`, name, [...endpoints, ...manual], port);
  }

  endpointSlice(ref: string, service: string, endpoints: readonly Plain[], port = 80): this {
    return this.custom(
      'discovery.k8s.io/v1',
      'EndpointSlice',
      ref,
      {
        addressType: String((endpoints[0]?.['addresses'] as string[] | undefined)?.[0] ?? '').includes(':') ? 'IPv6' : 'IPv4',
        endpoints,
        ports: [{ port, protocol: 'TCP' }],
      },
      '60d',
      { labels: { 'kubernetes.io/service-name': service } },
    );
  }

  event(about: string, options: EventOptions): this {
    const [kind, ...rest] = about.split('/');
    const [namespace, name] = rest.length > 1 ? [rest[0], rest[1]!] : [undefined, rest[0]!];
    const where = namespace ?? 'default';
    const last = this.at(options.age ?? '2m');
    return this.add({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: this.meta('Event', `${name}.${hash(about + options.message + last).slice(0, 12)}`, where, last),
      involvedObject: known({ kind, namespace, name }),
      type: options.type ?? 'Warning',
      reason: options.reason,
      message: options.message,
      count: options.count ?? 1,
      firstTimestamp: this.at(options.first ?? last),
      lastTimestamp: last,
      source: known({ component: kind === 'Node' ? 'kubelet' : 'kubelet', host: options.host }),
    });
  }

  sandboxFails(pod: string, message: string, more: Partial<EventOptions> = {}): this {
    return this.event(`Pod/${pod}`, {
      reason: 'FailedCreatePodSandBox',
      message: `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${hash(pod).slice(0, 64)}": ${message}`,
      count: 14,
      first: '30m',
      ...more,
    });
  }

  configMap(ref: string, data: Readonly<Record<string, string>>, age?: When, annotations?: Plain): this {
    return this.custom('v1', 'ConfigMap', ref, { data }, age, known({ annotations }));
  }

  /** `log('kube-system/agent-x/agent', 'line', …)`; a container ending in `.previous` is the former one. */
  log(ref: string, ...lines: readonly string[]): this {
    this.logs.set(ref, `${lines.join('\n')}\n`);
    return this;
  }

  /** kubeadm-config, API server, controller manager, kube-proxy, coredns' Service and the `kubernetes` Service. */
  controlPlane(options: ControlPlaneOptions = {}): this {
    const node = options.node ?? this.nodes[0]!;
    const services = options.serviceRange ?? '10.96.0.0/12';
    const first = services
      .split(',')[0]!
      .replace(/(\d+)\/\d+$/, '1')
      .replace(/::\/\d+$/, '::1');
    const image = (name: string): string => `registry.k8s.io/${name}:v${this.version}`;
    const own = { node, hostNetwork: true, ip: this.nodeIP(node)!, owner: `Node/${node}`, age: this.age };
    this.pod(`kube-system/kube-apiserver-${node}`, {
      ...own,
      container: 'kube-apiserver',
      image: image('kube-apiserver'),
      args: [`--service-cluster-ip-range=${services}`],
    });
    const allocate = options.podRange === undefined ? [] : ['--allocate-node-cidrs=true', `--cluster-cidr=${options.podRange}`];
    this.pod(`kube-system/kube-controller-manager-${node}`, {
      ...own,
      container: 'kube-controller-manager',
      image: image('kube-controller-manager'),
      args: [...(options.args ?? allocate), `--service-cluster-ip-range=${services}`],
      ...(options.restarted === undefined ? {} : { restarts: 1, ended: options.restarted }),
    });
    const podSubnet = options.podSubnet ?? options.podRange;
    if (options.kubeadm !== false)
      this.configMap('kube-system/kubeadm-config', {
        ClusterConfiguration: dump({
          apiVersion: 'kubeadm.k8s.io/v1beta4',
          kind: 'ClusterConfiguration',
          kubernetesVersion: `v${this.version}`,
          networking: known({ dnsDomain: 'cluster.local', podSubnet, serviceSubnet: services }),
        }),
      });
    this.daemonSet('kube-system/kube-proxy', { image: image('kube-proxy'), labels: { 'k8s-app': 'kube-proxy' } });
    return this.service('default/kubernetes', { clusterIP: first, port: 443, selector: null, age: this.age });
  }

  yaml(): string {
    return [...this.objects.values()].map((object) => `---\n${dump(object, { lineWidth: -1, noRefs: true })}`).join('');
  }
}

/** What a scenario's folder holds, by path. */
export function filesOf({ id, cluster, expect }: Scenario): Map<string, string> {
  const judged = {
    id,
    title: expect.title,
    source: expect.source ?? [],
    now: cluster.now,
    command: expect.command,
    exit: expect.exit,
    verdict: expect.verdict,
    findings: expect.findings ?? [],
    silent: expect.silent,
    quiet: expect.quiet ?? [],
    knownBug: expect.knownBug,
    noKnownBug: expect.noKnownBug,
    unsure: expect.unsure,
    also: expect.also,
    notes: expect.notes,
  };
  return new Map([
    [join(id, 'capture', 'cluster.yaml'), cluster.yaml()],
    ...[...cluster.logs].map(([ref, text]): [string, string] => [join(id, 'capture', 'logs', `${ref}.log`), text]),
    [join(id, 'expect.json'), `${JSON.stringify(judged, undefined, 2)}\n`],
  ]);
}

export function writeScenario(root: string, scenario: Scenario): void {
  rmSync(join(root, scenario.id), { recursive: true, force: true });
  for (const [path, text] of filesOf(scenario)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
