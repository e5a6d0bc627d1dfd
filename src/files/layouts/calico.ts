import { canonicalAddress, parseAddress } from '../../ip/address.ts';
import { cidr } from '../../ip/range.ts';
import { type Json, at, isRecord, text } from '../../model/json.ts';
import type { Collection } from '../collection.ts';
import type { Layout } from './layout.ts';
import { stateTime } from './layout.ts';

/** `calicoctl cluster diags`, and the report of `calicoctl ipam check -o`. projectcalico/calico calicoctl/commands/{cluster/diags,ipam/check}.go */
export const calico: Layout = {
  id: 'calico',
  title: 'calicoctl',
  marker: /(?:^|\/)cluster\/crd\/[^/]*\.(?:crd\.)?projectcalico\.org\.yaml$/,
  logOf: (path) => {
    const whole = /(?:^|\/)nodes\/[^/]+\/(?<ns>[^/]+)\/(?<pod>[^/]+?)(?:\.(?<container>[^./]+)\.previous)?\.log$/.exec(path)?.groups;
    return (
      whole && {
        namespace: whole['ns']!,
        pod: whole['pod']!,
        container: whole['container'] ?? '*',
        previous: whole['container'] !== undefined,
      }
    );
  },
  note: (path) => {
    if (!/(?:^|\/)cluster\/version\.yaml$/.test(path)) return undefined;
    const [, y, m, d, h, min, s] = /calico-diagnostics-(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)/.exec(path) ?? [];
    return (content, into) => {
      if (y !== undefined) stateTime(into, `${y}-${m}-${d}T${h}:${min}:${s}Z`);
      into.kubernetesVersion ??= /serverVersion:[\s\S]*?gitVersion:\s*"?(v[\w.+-]+)/.exec(content)?.[1];
    };
  },
  skip: /(?:^|\/)(?:cluster\/(?:kubernetes|crd|[\w-]+)\/[^/]+\.txt|nodes\/[^/]+\/(?:ip-|ipset|conntrack|iptables|nft)[^/]*|links\/.*)$/,
  document: (value, _path, into) => {
    const allocations = at(value, 'allocations');
    if (!isRecord(allocations) || at(value, 'datastoreLocked') === undefined) return false;
    readCheckReport(allocations, into);
    return true;
  },
};

const SIZE = { 4: 26, 6: 122 } as const;

/**
 * Blocks as the allocations of a check report imply them. Several members for one address stand in several blocks: a double allocation.
 * The report does not say who owns a block, so neither do these.
 */
function readCheckReport(allocations: Readonly<Record<string, Json>>, into: Collection): void {
  const blocks = new Map<string, { cidr: string; slots: Map<number, Json> }>();
  for (const [ip, members] of Object.entries(allocations)) {
    const address = parseAddress(canonicalAddress(ip));
    if (!address || !Array.isArray(members)) continue;
    const range = cidr(address, SIZE[address.family]);
    for (const [copy, member] of members.entries()) {
      const key = `${range.text}#${copy}`;
      const block = blocks.get(key) ?? { cidr: range.text, slots: new Map<number, Json>() };
      blocks.set(key, block);
      block.slots.set(Number(address.value - range.first), member);
    }
  }
  for (const [key, { cidr: range, slots }] of blocks) {
    const attributes = [...slots.values()].map((member) => ({
      handle_id: text(member, 'handle'),
      secondary: {
        ...(text(member, 'pod') === undefined ? {} : { pod: text(member, 'pod'), namespace: text(member, 'namespace') }),
        ...(text(member, 'node') === undefined ? {} : { node: text(member, 'node') }),
        ...(/tunnel/i.test(text(member, 'type') ?? '') ? { type: text(member, 'type') } : {}),
        ...(text(member, 'creationTimestamp') === undefined ? {} : { timestamp: text(member, 'creationTimestamp') }),
      },
    }));
    const order = [...slots.keys()];
    into.addPoor({
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'IPAMBlock',
      metadata: { name: key.replaceAll(/[^\w]+/g, '-') },
      spec: {
        cidr: range,
        allocations: Array.from({ length: 64 }, (_, ordinal) => (slots.has(ordinal) ? order.indexOf(ordinal) : null)),
        attributes,
      },
    });
  }
  into.seen.add('crd.projectcalico.org/IPAMBlock');
}
