import type { Layout } from './layout.ts';

/** `kubectl ko log all`: logs of the components and state of the hosts, but no objects. kubeovn/kube-ovn dist/images/kubectl-ko */
export const kubeOvn: Layout = {
  id: 'kube-ovn',
  title: 'kubectl ko log',
  marker: /(?:^|\/)kubectl-ko-log\//,
  skip: /(?:^|\/)kubectl-ko-log\//,
  finish: (into) => {
    into.gaps.push({
      what: 'subnets.kubeovn.io',
      verb: 'read',
      resource: 'subnets.kubeovn.io',
      reason: 'absent',
      message: '`kubectl ko log` collects no objects: add `kubectl get pods,nodes,services,ips,subnets,vpcs -A -o yaml`',
      blocks: ['duplicate-pod-ip'],
      essential: false,
    });
  },
};
