/** `virtctl import-domain`: a manifest of a libvirt domain, and everything that it loses by becoming a machine. */

import {
  type DomainImport,
  DomainImportError,
  type ImportOptions,
  importDomain,
  type Loss,
} from "../../core/domain-import";
import { renderFieldError } from "../../core/field-error";
import { validateObject } from "../../core/validation";
import type { Hypervisor } from "../../libvirt/hypervisor";
import { readTexts } from "../../manifest/files";
import { printYaml } from "../../manifest/print-yaml";
import { type Answer, allowed, refusal, refused, unreadable } from "./answer";
import { printable } from "./diagnostics";

/** The document of a domain that libvirt knows. */
export async function importFromLibvirt(
  hypervisor: Pick<Hypervisor, "lookupByName" | "lookupByUuid" | "domainDefinition">,
  domain: string,
  options: ImportOptions,
): Promise<Answer> {
  const found = (await hypervisor.lookupByName(domain)) ?? (await hypervisor.lookupByUuid(domain));
  if (found === undefined) {
    return refusal(refused, `libvirt has no domain ${JSON.stringify(domain)}; \`virsh list --all\` names them\n`);
  }
  return answerOf(await hypervisor.domainDefinition(found), options);
}

/** A document in a file, `-` for standard input. */
export function importFromFile(file: string, options: ImportOptions): Answer {
  const { texts, faults } = readTexts([file]);
  const [fault] = faults;
  return fault === undefined ? answerOf(texts[0]?.text ?? "", options) : refusal(unreadable, `${fault.message}\n`);
}

function answerOf(xml: string, options: ImportOptions): Answer {
  let imported: DomainImport;
  try {
    imported = importDomain(xml, options);
  } catch (error) {
    if (!(error instanceof DomainImportError)) throw error;
    return refusal(refused, `${error.message}\n`);
  }
  const { object, losses } = imported;
  const { errors } = validateObject(object);
  if (errors.length > 0) {
    const lines = errors.map((error) => `${printable(renderFieldError(error))}\n`).join("");
    return refusal(refused, `the domain makes no machine that would be accepted:\n${lines}`);
  }
  return {
    stdout: `${losses.map(comment).join("")}${printYaml([{ object: { ...object }, provenance: {} }])}`,
    stderr: report(losses),
    exitCode: allowed,
  };
}

function line({ path, value, why }: Loss): string {
  const shown = value.length > 120 ? `${value.slice(0, 120)}…` : value;
  return printable(`${path}: ${value === "" ? "" : `${JSON.stringify(shown)}: `}${why}`);
}

const comment = (loss: Loss): string => `# Lost: ${line(loss)}\n`;

function report(losses: readonly Loss[]): string {
  if (losses.length === 0) return "nothing is lost\n";
  return `${losses.length} ${losses.length === 1 ? "thing is" : "things are"} lost:\n${losses.map((loss) => `  ${line(loss)}\n`).join("")}`;
}
