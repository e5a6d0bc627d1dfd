import { dump } from 'js-yaml';
import type { Json } from '../model/json.ts';

/** An object of the API as `kubectl get -o yaml` shows it. */
export const objectText = (object: Json): string => dump(object, { lineWidth: -1, noRefs: true });
