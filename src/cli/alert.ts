import { Failure } from '../model/failure.ts';
import { isRecord, list, parseJson, text } from '../model/json.ts';
import type { Subject } from '../model/report.ts';

/** The alerts that this playbook answers. */
export const ALERTS = ['KubePodNotReady', 'KubeNetworkPluginError'] as const;

/** An alert, and what it is about as far as its labels tell. */
export type Alert = { readonly name: string; readonly subject: Subject | undefined };

/**
 * Takes what Alertmanager sends to a webhook, or its API lists (`/api/v2/alerts`), and picks the alert to look into: a firing one before a
 * resolved one, one of this playbook before others, one that names a pod before one that does not.
 */
export function parseAlert(payload: string, wanted?: string): Alert {
  const json = parseJson(payload.trim());
  const common = isRecord(json) ? json['commonLabels'] : undefined;
  const alerts = Array.isArray(json)
    ? json
    : list(json, 'alerts').length > 0
      ? list(json, 'alerts')
      : isRecord(json) && json['labels']
        ? [json]
        : [];
  const found = alerts
    .map((alert) => {
      const label = (name: string): string | undefined => text(alert, 'labels', name) ?? text(common, name);
      return {
        name: label('alertname') ?? '',
        firing: (text(alert, 'status') ?? text(alert, 'status', 'state') ?? 'firing') !== 'resolved',
        subject: subjectOf(label),
      };
    })
    .filter((alert) => alert.name !== '' && (wanted === undefined || alert.name === wanted));
  const rank = (alert: (typeof found)[number]): number =>
    (alert.firing ? 0 : 4) + ((ALERTS as readonly string[]).includes(alert.name) ? 0 : 2) + (alert.subject === undefined ? 1 : 0);
  const best = found.toSorted((a, b) => rank(a) - rank(b))[0];
  if (best === undefined)
    throw new Failure(
      wanted === undefined ? 'The payload holds no alert.' : `The payload holds no alert ${wanted}.`,
      undefined,
      'Give what Alertmanager sends to a webhook: {"alerts": [{"labels": {"alertname": …, "namespace": …, "pod": …}}]}.',
    );
  return { name: best.name, subject: best.subject };
}

/** Pod labels name the pod that suffers; without them the node does. `instance` is a node only where it is no address with a port. */
function subjectOf(label: (name: string) => string | undefined): Subject | undefined {
  const [namespace, pod] = [label('namespace'), label('pod')];
  if (namespace !== undefined && pod !== undefined) return { kind: 'Pod', namespace, name: pod };
  const node = label('node') ?? label('nodename');
  return node === undefined ? undefined : { kind: 'Node', name: node };
}
