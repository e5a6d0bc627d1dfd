import { leaks } from '../../derived/usage.ts';
import { effectsOn, type CauseRule, of, proof } from '../investigation.ts';

export const ipamLeak: CauseRule = {
  id: 'ipam-leak',
  explains: {
    title: 'Addresses of pods that are gone fill the pool',
    meaning: 'The pool or range looks full, and a good part of what fills it belongs to nobody.',
    arises: 'Releases that never happened: runtime crashes, reboots, a reconciler that is missing.',
    tellApart: 'Count the living: a range that is really full has a living pod for every address.',
    action: 'Release the dead records, and only those.',
    sources: ['containerd/cri#948', 'containernetworking/plugins#498', 'projectcalico/calico#5339', 'k8snetworkplumbingwg/whereabouts#162'],
  },
  weigh(investigation) {
    const found = of(investigation, 'ipam-leak');
    if (found.length === 0)
      return of(investigation, ['pool-exhausted', 'sandbox-creation-failing']).length > 0
        ? { not: 'every address that is taken belongs to a living pod, as far as the records show' }
        : undefined;
    const filling = found.filter((finding) => finding.severity === 'error');
    const networks = new Set(found.map((finding) => finding.network));
    const effects = [
      ...of(investigation, 'pool-exhausted').filter((finding) => networks.has(finding.network)),
      ...effectsOn(
        investigation,
        found.flatMap((finding) => finding.nodes),
      ),
      ...of(investigation, 'sandbox-creation-failing').filter((finding) => /exhausted/.test(finding.title)),
    ];
    return {
      confidence: filling.some((finding) => finding.confidence === 'confirmed') ? 'certain' : filling.length > 0 ? 'likely' : 'possible',
      summary: `${found[0]!.title}.`,
      decisive: proof(found),
      explains: filling.length > 0 ? [...found, ...effects] : found,
      ...(filling.some((finding) => finding.confidence !== 'confirmed')
        ? {
            against: ['the records are files on the node; the API shows only the difference'],
            missing: [`on ${found[0]!.nodes[0] ?? 'the node'}: compare ls /var/lib/cni/networks/* with crictl pods`],
          }
        : {}),
    };
  },
  remedy(investigation, found) {
    const { facts } = investigation;
    const node = found.explains.find((finding) => finding.id === 'ipam-leak')?.nodes[0];
    if (node) {
      return [
        {
          text: `Drain ${node}: with no pod left, its state directory may be cleaned.`,
          command: `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data`,
          precondition: 'the other nodes have room',
          risk: 'disruptive',
        },
        {
          text: `On ${node}: remove the reservations and restart the runtime.`,
          command: 'rm -rf /var/lib/cni/networks/* && systemctl restart containerd',
          precondition: 'the node is drained, no pod with a network runs on it',
          risk: 'disruptive',
        },
        { text: 'Let pods onto it again.', command: `kubectl uncordon ${node}`, risk: 'none' },
      ];
    }
    const dead = leaks(facts).slice(0, 4);
    const whereabouts = dead.some((leak) => leak.allocation.ref.split('/').length === 3);
    const calico =
      facts.cnis.some((cni) => cni.id === 'calico' && cni.role === 'primary') &&
      dead.some((leak) => leak.allocation.ref.startsWith('ipamblock/'));
    if (calico)
      return [
        {
          text: 'Report, then release what belongs to nobody with Calico’s own tool, which checks again before it frees.',
          command: 'calicoctl ipam check --show-problem-ips -o report.json && calicoctl ipam release --from-report report.json',
          precondition: 'the report is fresh and from this cluster',
          risk: 'disruptive',
        },
      ];
    return dead.map((leak) => {
      const [, namespace, name] = leak.allocation.ref.split('/');
      return {
        text: `Take ${leak.allocation.address} out of ${leak.allocation.ref}: ${leak.why}.`,
        ...(whereabouts ? { command: `kubectl -n ${namespace} edit ippools.whereabouts.cni.cncf.io ${name}` } : {}),
        precondition: 'the pod it names does not exist',
        risk: 'disruptive' as const,
      };
    });
  },
  warnings: [
    'Do not enlarge the pool: the leak fills the new part too.',
    'Do not remove records or files of living pods: that makes duplicates.',
  ],
  verify: () => ['kubectl ipconflict scan -A'],
};
