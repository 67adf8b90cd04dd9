/** The provider's own arguments, by stack configuration or an explicit provider: which cluster and where on it, or a folder. */
import {
  CheckFailure,
  type CheckRequest,
  CheckResponse,
  type DiffRequest,
  DiffResponse,
  PropertyDiff,
} from "@pulumi/pulumi/proto/provider_pb";
import type { FieldError } from "../core/field-error";
import { renderFieldError } from "../core/field-error";
import type { StackSettings } from "../lifecycle/connection";
import { type Fields, isUnknown } from "../lifecycle/inputs";
import { receive, send } from "./property-values";

export const settingNames = ["kubeconfig", "context", "namespace", "renderTo"] as const;

/** Which the engine adds by itself. */
const enginesOwn = new Set(["version", "pluginDownloadURL"]);

export function checkConfiguration(request: CheckRequest): CheckResponse {
  const { fields, secrets, faults } = receive(request.getNews());
  const response = new CheckResponse();
  for (const fault of [...faults, ...faultsOf(fields)]) {
    const failure = new CheckFailure();
    failure.setReason(secrets.redact(renderFieldError(fault)));
    response.addFailures(failure);
  }
  const paths = [...secrets.pathsIn(fields), ["kubeconfig"]];
  response.setInputs(send(fields, paths));
  return response;
}

function faultsOf(fields: Fields): readonly FieldError[] {
  return Object.entries(fields).flatMap(([field, badValue]): FieldError[] => {
    if (enginesOwn.has(field)) return [];
    if (!settingNames.some((name) => name === field)) {
      const detail = `is no setting of the provider; it has ${settingNames.join(", ")}`;
      return [{ type: "FieldValueForbidden", field, badValue, detail }];
    }
    if (typeof badValue === "string" || badValue === null) return [];
    return [{ type: "FieldValueTypeInvalid", field, badValue, detail: "must be text" }];
  });
}

/** Another connection replaces nothing: the same cluster may be reached by another name. A refresh tells what is there. */
export function diffConfiguration(request: DiffRequest): DiffResponse {
  const olds = receive(request.getOldInputs() ?? request.getOlds()).fields;
  const news = receive(request.getNews()).fields;
  const changed = settingNames.filter((name) => (olds[name] ?? "") !== (news[name] ?? ""));
  const response = new DiffResponse();
  response.setChanges(changed.length > 0 ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE);
  response.setDiffsList([...changed]);
  response.setHasdetaileddiff(true);
  for (const name of changed) {
    const difference = new PropertyDiff();
    difference.setKind(PropertyDiff.Kind.UPDATE);
    difference.setInputdiff(true);
    response.getDetaileddiffMap().set(name, difference);
  }
  return response;
}

/** Settings that are empty, or that a preview does not know yet, count as not given. */
export function settingsOf(fields: Fields): StackSettings {
  const text = (name: (typeof settingNames)[number]) => {
    const value = fields[name];
    return typeof value === "string" && value !== "" && !isUnknown(value) ? value : undefined;
  };
  return {
    kubeconfig: text("kubeconfig"),
    context: text("context"),
    namespace: text("namespace"),
    renderTo: text("renderTo"),
  };
}
