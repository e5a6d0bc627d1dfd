import { antrea } from './antrea.ts';
import { calico } from './calico.ts';
import { ciliumSysdump } from './cilium-sysdump.ts';
import { clusterInfoDump } from './cluster-info-dump.ts';
import { insights } from './insights.ts';
import { kubeOvn } from './kube-ovn.ts';
import type { Layout } from './layout.ts';
import { mustGather } from './must-gather.ts';
import { own } from './own.ts';
import { rancher } from './rancher.ts';
import { supportBundleKit } from './support-bundle-kit.ts';
import { troubleshoot } from './troubleshoot.ts';
import { velero } from './velero.ts';

/** Every layout; where two would claim a file, the first does. */
export const LAYOUTS: readonly Layout[] = [
  troubleshoot,
  mustGather,
  insights,
  supportBundleKit,
  ciliumSysdump,
  calico,
  rancher,
  antrea,
  kubeOvn,
  velero,
  clusterInfoDump,
  own,
];
