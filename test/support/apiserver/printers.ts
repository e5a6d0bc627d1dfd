import { type Json, list, number, text, textRecord } from '../../../src/model/json.ts';
import { type Column, POD_COLUMNS, column, podCells, since } from './pod-printer.ts';

/** How a kind is printed: the columns of its Table, and the cells of an object. */
export type Printer = { readonly columns: readonly Column[]; readonly cells: (object: Json, now: number) => readonly Json[] };

const DEPLOYMENT_COLUMNS: readonly Column[] = [
  ...['Name', 'Ready', 'Up-to-date', 'Available', 'Age'].map((name) => column(name, 0)),
  ...['Containers', 'Images', 'Selector'].map((name) => column(name, 1)),
];

/** printDeployment of kubernetes/pkg/printers/internalversion/printers.go, Kubernetes 1.36. */
function deploymentCells(deployment: Json, now: number): Json[] {
  const containers = list(deployment, 'spec', 'template', 'spec', 'containers');
  const each = (key: string): string => containers.map((container) => text(container, key) ?? '').join(',');
  const created = Date.parse(text(deployment, 'metadata', 'creationTimestamp') ?? '');
  return [
    text(deployment, 'metadata', 'name') ?? '',
    `${number(deployment, 'status', 'readyReplicas') ?? 0}/${number(deployment, 'spec', 'replicas') ?? 0}`,
    number(deployment, 'status', 'updatedReplicas') ?? 0,
    number(deployment, 'status', 'availableReplicas') ?? 0,
    since(Number.isNaN(created) ? undefined : created, now),
    each('name'),
    each('image'),
    Object.entries(textRecord(deployment, 'spec', 'selector', 'matchLabels'))
      .map(([key, value]) => `${key}=${value}`)
      .join(',') || '<none>',
  ];
}

const PRINTERS: Readonly<Record<string, Printer>> = {
  '/Pod': { columns: POD_COLUMNS, cells: podCells },
  'apps/Deployment': { columns: DEPLOYMENT_COLUMNS, cells: deploymentCells },
};

/** Undefined of kinds that this server does not print. */
export const printerOf = ({ group, kind }: { readonly group: string; readonly kind: string }): Printer | undefined =>
  PRINTERS[`${group}/${kind}`];
