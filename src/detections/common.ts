import type { Finding, FindingConfidence, FindingId, Severity } from '../model/finding.ts';

/** A finding from its parts; what is left out is empty. */
export function finding(
  id: FindingId,
  severity: Severity,
  confidence: FindingConfidence,
  title: string,
  parts: Partial<Omit<Finding, 'id' | 'severity' | 'confidence' | 'title'>>,
): Finding {
  return { id, severity, confidence, title, holders: [], ranges: [], nodes: [], evidence: [], affects: [], ...parts };
}

export * from '../derived/holders.ts';
