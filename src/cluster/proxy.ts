import { BlockList, isIP } from 'node:net';

/** The proxy that the environment names for a server, by Go's rules (HTTPS_PROXY, HTTP_PROXY, NO_PROXY; never for this machine). */
export function proxyFromEnvironment(server: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  const variable = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[variable] || env[variable.toLowerCase()];
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (
    !proxy ||
    isLoopback(host) ||
    isExempt(host, port || (protocol === 'https:' ? '443' : '80'), env['NO_PROXY'] || env['no_proxy'] || '')
  )
    return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function isExempt(host: string, port: string, exemptions: string): boolean {
  return exemptions
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean)
    .some((entry) => entry === '*' || matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  const family = isIP(host);
  if (entry.includes('/')) return family !== 0 && inSubnet(entry, host, family === 6 ? 'ipv6' : 'ipv4');
  const [name, ofPort] = isIP(entry) === 6 ? [entry] : entry.split(':', 2);
  if (ofPort !== undefined && ofPort !== port) return false;
  const domain = name!.replace(/^\*/, '');
  return host === domain || host.endsWith(domain.startsWith('.') ? domain : `.${domain}`);
}

function inSubnet(subnet: string, host: string, family: 'ipv4' | 'ipv6'): boolean {
  const [address, bits] = subnet.split('/', 2);
  try {
    const list = new BlockList();
    list.addSubnet(address!, Number(bits), family);
    return list.check(host, family);
  } catch {
    return false;
  }
}
