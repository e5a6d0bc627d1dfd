import { type Range, contains, overlaps, parseRange } from '../ip/range.ts';
import { canonicalAddress, parseAddress } from '../ip/address.ts';
import type { BaseFacts, SecondaryNetwork, Tri } from '../model/facts.ts';
import { type Json, at, flag, list, number, parseJson, text, texts } from '../model/json.ts';
import { metaOf } from '../model/object-ref.ts';
import { custom } from '../model/resource.ts';

export const NETWORK_ATTACHMENT_DEFINITIONS = custom(
  'k8s.cni.cncf.io',
  'NetworkAttachmentDefinition',
  'network-attachment-definitions',
  ['v1'],
  true,
);

/** One NetworkAttachmentDefinition, with what its CNI configuration says. */
export type AttachmentDefinition = SecondaryNetwork & {
  /** `namespace/name`, as annotations refer to it. */
  readonly key: string;
  readonly staticAddresses: readonly string[];
  /** Whereabouts' `network_name`. */
  readonly networkName: string | undefined;
  /** Spiderpool's pools that it gives addresses from, unless a pod or a namespace wants others. */
  readonly pools: readonly string[];
  readonly capacity: readonly Range[];
  readonly excluded: readonly Range[];
};

/**
 * Reads the NADs. Addresses are compared within one network: one NAD, or several NADs on one parent interface and VLAN with overlapping ranges,
 * or several NADs that name one OVN network.
 */
export function attachmentDefinitions(facts: BaseFacts): AttachmentDefinition[] {
  const named: (AttachmentDefinition & { readonly segment: string | undefined })[] = [];
  const definitions = facts.objects(NETWORK_ATTACHMENT_DEFINITIONS).map(readDefinition);
  for (const definition of definitions.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const twin = named.find(
      (earlier) => earlier.segment !== undefined && earlier.segment === definition.segment && touch(earlier, definition),
    );
    named.push(twin === undefined ? definition : { ...definition, name: twin.name });
  }
  return named;
}

/** Whether two definitions on one wire can give one address: their ranges meet, or one states an address that the other holds too. */
function touch(a: AttachmentDefinition, b: AttachmentDefinition): boolean {
  if (a.ranges.some((range) => b.ranges.some((other) => overlaps(range, other)))) return true;
  const holds = ({ ranges, staticAddresses }: AttachmentDefinition, address: string): boolean => {
    const parsed = parseAddress(address);
    return staticAddresses.includes(address) || (parsed !== undefined && ranges.some((range) => contains(range, parsed)));
  };
  if (a.staticAddresses.some((address) => holds(b, address)) || b.staticAddresses.some((address) => holds(a, address))) return true;
  // No range and no address stated (an OVN network, or addresses asked for by each pod): one wire is all that is known.
  return [a, b].some(({ ranges, staticAddresses }) => ranges.length === 0 && staticAddresses.length === 0);
}

function readDefinition(object: Json): AttachmentDefinition & { segment: string | undefined } {
  const { namespace, name } = metaOf(object);
  const key = `${namespace}/${name}`;
  const conf = parseJson(text(object, 'spec', 'config'));
  const plugins = list(conf, 'plugins');
  const main = plugins.length > 0 ? plugins[0] : conf;
  const withIpam = [main, ...plugins].find((plugin) => at(plugin, 'ipam') !== undefined);
  const ipam = at(withIpam, 'ipam');
  const plugin = text(main, 'type') ?? '';
  const master = text(main, 'master') ?? text(main, 'eth') ?? text(main, 'bridge');
  const vlan = number(main, 'vlanId') ?? number(main, 'vlan') ?? number(main, 'vlanID') ?? 0;
  const resource = at(object, 'metadata', 'annotations', 'k8s.v1.cni.cncf.io/resourceName');
  const ovnName = plugin === 'ovn-k8s-cni-overlay' ? text(conf, 'name') : undefined;
  const shared = isShared(plugin, main);
  const parent = master ?? (typeof resource === 'string' ? resource : undefined);
  return {
    key,
    name: key,
    ref: `network-attachment-definition/${key}`,
    plugin,
    ipam: text(ipam, 'type') ?? (plugin === 'ovn-k8s-cni-overlay' ? 'ovn' : ''),
    ranges: rangesOf(ipam),
    capacity: capacityOf(ipam),
    excluded: list(ipam, 'exclude')
      .map((entry) => parseRange(entry))
      .filter((range) => range !== undefined),
    shared,
    staticAddresses: list(ipam, 'addresses')
      .map((entry) => canonicalAddress(at(entry, 'address')))
      .filter((address) => address !== undefined),
    networkName: text(ipam, 'network_name'),
    pools: [...texts(ipam, 'default_ipv4_ippool'), ...texts(ipam, 'default_ipv6_ippool')],
    segment: ovnName !== undefined ? `ovn:${ovnName}` : parent !== undefined && shared === 'yes' ? `${parent}#${vlan}` : undefined,
  };
}

/** A bridge without uplink, or a point-to-point link, is an island on each node; macvlan and its kind share the wire. */
function isShared(plugin: string, conf: Json): Tri {
  if (/^(?:macvlan|ipvlan|sriov|host-device|vlan|ovs|ib-sriov|vxlan)$/.test(plugin)) return 'yes';
  if (plugin === 'ptp') return 'no';
  if (plugin === 'bridge' || plugin === 'cnv-bridge')
    return flag(conf, 'isGateway') || flag(conf, 'isDefaultGateway') || flag(conf, 'ipMasq')
      ? 'no'
      : number(conf, 'vlan') === undefined
        ? 'unknown'
        : 'yes';
  return 'unknown';
}

function rangesOf(ipam: Json): Range[] {
  const nested = list(ipam, 'ranges').flatMap((set) => (Array.isArray(set) ? set : [set]));
  const entries = [ipam, ...nested, ...list(ipam, 'ipRanges')];
  return entries
    .flatMap((entry) => [text(entry, 'range'), text(entry, 'subnet')])
    .map((value) => wholeRange(value))
    .filter((range) => range !== undefined);
}

/** Whereabouts also writes `10.0.0.10-10.0.0.50/24`: the prefix is that of the network. */
const wholeRange = (value: string | undefined): Range | undefined =>
  value === undefined ? undefined : parseRange(value.includes('-') && value.includes('/') ? `${value.split('-')[1]}` : value);

/** The addresses the allocator may give: from range_start to range_end where stated, else the range without its first and last. */
function capacityOf(ipam: Json): Range[] {
  const nested = list(ipam, 'ranges').flatMap((set) => (Array.isArray(set) ? set : [set]));
  return [ipam, ...nested, ...list(ipam, 'ipRanges')].flatMap((entry): Range[] => {
    const stated = text(entry, 'range') ?? text(entry, 'subnet');
    const range = wholeRange(stated);
    if (!range || stated === undefined) return [];
    const [low, high] = stated.includes('-') ? stated.split('/')[0]!.split('-') : [undefined, undefined];
    const start = parseAddress(text(entry, 'range_start') ?? text(entry, 'rangeStart') ?? low);
    const end = parseAddress(text(entry, 'range_end') ?? text(entry, 'rangeEnd') ?? high);
    const inner = { ...range, first: start?.value ?? range.first + 1n, last: end?.value ?? range.last - 1n };
    return inner.last >= inner.first ? [inner] : [];
  });
}

/** Looks a NAD up by the name that an annotation uses: `ns/name`, or `name` in the pod's namespace. */
export function definitionFor(
  definitions: readonly AttachmentDefinition[],
  name: string,
  namespace: string,
): AttachmentDefinition | undefined {
  const key = name.includes('/') ? name : `${namespace}/${name}`;
  return definitions.find((definition) => definition.key === key);
}
