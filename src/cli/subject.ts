import { canonicalAddress } from '../ip/address.ts';
import { Failure } from '../model/failure.ts';
import { nearNames } from '../model/near.ts';
import { eachPod } from '../model/pod-table.ts';
import type { Subject } from '../model/report.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { understand } from '../understand.ts';

const KINDS: Readonly<Record<string, Subject['kind']>> = {
  pod: 'Pod',
  pods: 'Pod',
  po: 'Pod',
  node: 'Node',
  nodes: 'Node',
  no: 'Node',
  ip: 'Address',
  address: 'Address',
  service: 'Service',
  services: 'Service',
  svc: 'Service',
};

/** What `check` was asked about: NS/POD, pod/NAME, node/NAME, ip/ADDRESS, an address, service/NAME, or nothing for the whole cluster. */
export function parseSubject(word: string | undefined, namespace: string): Subject {
  if (word === undefined || word === '') return { kind: 'Cluster' };
  const address = canonicalAddress(word);
  if (address !== undefined) return { kind: 'Address', address };
  const slash = word.indexOf('/');
  if (slash < 0) return { kind: 'Pod', namespace, name: word };
  const [first, rest] = [word.slice(0, slash), word.slice(slash + 1)];
  switch (KINDS[first.toLowerCase()]) {
    case 'Node':
      return { kind: 'Node', name: rest };
    case 'Address': {
      const given = canonicalAddress(rest);
      if (given === undefined) throw new Failure(`${rest} is no IP address.`, undefined, 'Write it as ip/10.1.2.3 or ip/fd00::a.');
      return { kind: 'Address', address: given };
    }
    case 'Service':
    case 'Pod': {
      const [inside, name] = rest.includes('/') ? rest.split('/', 2) : [namespace, rest];
      return { kind: KINDS[first.toLowerCase()] as 'Pod' | 'Service', namespace: inside!, name: name! };
    }
    default:
      return { kind: 'Pod', namespace: first, name: rest };
  }
}

/** Ends the program where the subject does not exist, with names that are near. What could not be read is no proof of absence. */
export function requireSubject(snapshot: Snapshot, subject: Subject, place: string): void {
  const facts = understand(snapshot);
  const missing = (what: string, names: Iterable<string>, wanted: string): never => {
    const near = nearNames(wanted, names);
    throw new Failure(
      `There is no ${what} in ${place}.`,
      near.length > 0 ? `Near it: ${near.join(', ')}` : undefined,
      near.length > 0 ? undefined : 'kubectl get pods -A lists what there is.',
    );
  };
  if (subject.kind === 'Pod' && facts.pods.size > 0 && facts.pods.find(subject.namespace, subject.name) === undefined) {
    missing(
      `pod ${subject.namespace}/${subject.name}`,
      [...eachPod(facts.pods)].map((pod) => `${pod.namespace}/${pod.name}`),
      `${subject.namespace}/${subject.name}`,
    );
  }
  if (subject.kind === 'Node' && facts.nodes.length > 0 && facts.node(subject.name) === undefined)
    missing(
      `node ${subject.name}`,
      facts.nodes.map((node) => node.name),
      subject.name,
    );
  if (
    subject.kind === 'Service' &&
    facts.services.length > 0 &&
    !facts.services.some((service) => service.namespace === subject.namespace && service.name === subject.name)
  ) {
    missing(
      `Service ${subject.namespace}/${subject.name}`,
      facts.services.map((service) => `${service.namespace}/${service.name}`),
      `${subject.namespace}/${subject.name}`,
    );
  }
}
