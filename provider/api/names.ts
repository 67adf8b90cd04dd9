/**
 * Kubernetes' spelling of names, label keys and label values, as patterns for schemas.
 *
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */

/** Names end up in labels, annotation keys and host names of guests, all of which end at 63 characters. */
export const longestName = 63;

const dnsName = "[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*";
/** A path segment and a DNS label; volumes and claims become file names. */
export const dnsLabelPattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
export const dnsLabelRemedy =
  "must be a DNS label: lower case letters, digits and '-', beginning and ending with a letter or digit";
export const dnsNameRemedy =
  "must be a DNS name: lower case letters, digits, '-' and '.', beginning and ending with a letter or digit";

const qualifiedName = "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";

export const optionalDnsLabelPattern = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$/;
export const dnsNamePattern = new RegExp(`^${dnsName}$`);
export const optionalDnsNamePattern = new RegExp(`^(${dnsName})?$`);
/** What is left of a name when its end is still to come. */
export const namePrefixPattern = new RegExp(`^(${dnsName}(-*|\\.))?$`);
/** The part of a label's key after its prefix. */
export const qualifiedNamePattern = new RegExp(`^${qualifiedName}$`);
export const labelKeyPattern = new RegExp(`^(${dnsName}/)?${qualifiedName}$`);
export const labelValuePattern = new RegExp(`^(${qualifiedName})?$`);
