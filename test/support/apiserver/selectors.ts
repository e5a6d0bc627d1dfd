import { type Json, flag, text } from '../../../src/model/json.ts';
import { firstAddress } from './pod-printer.ts';

/** A field that must have a value, or must not. */
export type FieldTerm = { readonly field: string; readonly value: string; readonly equal: boolean };

/** `a=b,c!=d`; undefined when it is no field selector. */
export function parseFieldSelector(selector: string): FieldTerm[] | undefined {
  const terms = selector.split(',').filter(Boolean);
  const parsed = terms.map((term) => /^([^=!]+)(==|=|!=)(.*)$/.exec(term));
  if (parsed.includes(null)) return undefined;
  return parsed.map((match) => ({ field: match![1]!, equal: match![2] !== '!=', value: match![3]! }));
}

/** Whether labels fit `a=b, a!=b, a in (b,c), a notin (b,c), a, !a`; undefined when it is no label selector. */
export function parseLabelSelector(selector: string): ((labels: Readonly<Record<string, string>>) => boolean) | undefined {
  const terms = (selector.match(/[^,(]+(?:\([^)]*\))?/g) ?? []).map((term) =>
    /^\s*(!?)\s*([\w./-]+)\s*(?:(==|=|!=)\s*([\w./-]*)|\s(in|notin)\s*\(([^)]*)\))?\s*$/.exec(term),
  );
  if (terms.includes(null)) return undefined;
  const tests = terms.map((term) => {
    const [, not, key = '', operator, value = '', set, members = ''] = term!;
    const values = set === undefined ? [value] : members.split(',').map((member) => member.trim());
    if (operator === undefined && set === undefined)
      return (labels: Readonly<Record<string, string>>) => Object.hasOwn(labels, key) === (not === '');
    const wanted = operator !== '!=' && set !== 'notin';
    return (labels: Readonly<Record<string, string>>) => (Object.hasOwn(labels, key) && values.includes(labels[key]!)) === wanted;
  });
  return (labels) => tests.every((fits) => fits(labels));
}

/** The fields by which a kind can be selected, besides metadata.name and metadata.namespace. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  Event: [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((field) => `involvedObject.${field}`),
    'reason',
    'reportingComponent',
    'type',
  ],
  Namespace: ['status.phase'],
};

export const isSelectable = (kind: string, field: string): boolean =>
  field === 'metadata.name' || field === 'metadata.namespace' || (FIELDS[kind]?.includes(field) ?? false);

/** What a field selector compares with. */
export function selectableField(object: Json, field: string): string {
  if (field === 'spec.hostNetwork') return String(flag(object, 'spec', 'hostNetwork') ?? false);
  if (field === 'status.podIP') return firstAddress(object);
  return text(object, ...field.split('.')) ?? '';
}
