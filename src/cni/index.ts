import { antrea } from './antrea.ts';
import { awsVpcCni } from './aws-vpc-cni.ts';
import { azureCns } from './azure-cns.ts';
import { calico } from './calico.ts';
import { cilium } from './cilium.ts';
import type { CniProfile } from './cni-profile.ts';
import { flannel } from './flannel.ts';
import { gke } from './gke.ts';
import { hostLocal } from './host-local.ts';
import { kindnet } from './kindnet.ts';
import { kubeOvn } from './kube-ovn.ts';
import { kubeRouter } from './kube-router.ts';
import { multus } from './multus.ts';
import { openshiftSdn } from './openshift-sdn.ts';
import { ovnKubernetes } from './ovn-kubernetes.ts';
import { spiderpool } from './spiderpool.ts';
import { weave } from './weave.ts';
import { whereabouts } from './whereabouts.ts';

/** Every CNI we know, those most often met first. */
export const CNIS: readonly CniProfile[] = [
  calico,
  cilium,
  flannel,
  awsVpcCni,
  azureCns,
  ovnKubernetes,
  openshiftSdn,
  kubeOvn,
  antrea,
  weave,
  kindnet,
  kubeRouter,
  gke,
  multus,
  whereabouts,
  spiderpool,
];

/** Asked in this order where none of the above hands out addresses. */
export const FALLBACKS: readonly CniProfile[] = [hostLocal];
