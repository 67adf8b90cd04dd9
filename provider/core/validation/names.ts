/**
 * Kubernetes' rules for names, label keys and label values.
 *
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
import {
  dnsLabelPattern,
  dnsLabelRemedy,
  dnsNamePattern,
  dnsNameRemedy,
  labelValuePattern,
  qualifiedNamePattern,
} from "../../api/names";

/** What is wrong with a name, or undefined. */
export function faultOfDnsLabel(name: string): string | undefined {
  return name.length <= 63 && dnsLabelPattern.test(name) ? undefined : `${dnsLabelRemedy}, at most 63 characters`;
}

export function faultOfDnsSubdomain(name: string, longest = 253): string | undefined {
  if (name.length <= longest && dnsNamePattern.test(name)) return undefined;
  return `${dnsNameRemedy}, at most ${longest} characters`;
}

export function faultOfLabelKey(key: string): string | undefined {
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = slash < 0 ? key : key.slice(slash + 1);
  if (prefix !== undefined && faultOfDnsSubdomain(prefix) !== undefined) {
    return "must have a DNS name before its '/'";
  }
  if (qualifiedNamePattern.test(name)) return undefined;
  return "must be a name of letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, at most 63 characters, with an optional DNS name and '/' before it";
}

export function faultOfLabelValue(value: string): string | undefined {
  if (labelValuePattern.test(value)) return undefined;
  return "must be empty, or letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, at most 63 characters";
}
