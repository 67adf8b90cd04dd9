/** The functions of the package schema: what provider/lifecycle/functions.ts answers. */
import { type KindDefinition, kinds } from "../api/v1alpha1/kinds";

type Properties = Readonly<Record<string, object>>;

const machineType = "kubevirt:index:FoundVirtualMachine";

const namespace = { type: "string", description: "Namespace to look in. Default: the connection's." };
const metadata = {
  $ref: "#/types/kubevirt:v1alpha1:ObjectMeta",
  description: "Name, namespace, labels and annotations.",
};
const spec = { $ref: "#/types/kubevirt:v1alpha1:VirtualMachineSpec", description: "The machine as it should be." };

export function packageFunctions(): Readonly<Record<string, object>> {
  return {
    "kubevirt:index:getVirtualMachine": {
      description:
        "A machine that is there, whoever made it, without the user data of its volumes. One that is not there is an error.",
      inputs: object({ name: { type: "string", description: "Name of the machine." }, namespace }, ["name"]),
      outputs: foundMachine(),
    },
    "kubevirt:index:listVirtualMachines": {
      description: "The machines of a namespace, in the order of their names, without the user data of their volumes.",
      inputs: object({
        namespace,
        labelSelector: {
          type: "string",
          description:
            "Labels that they must have, as kubectl takes them, such as `app=web,size!=small`. Default: any.",
        },
      }),
      outputs: object(
        {
          machines: {
            type: "array",
            items: { $ref: `#/types/${machineType}` },
            description: "The machines that were found.",
          },
        },
        ["machines"],
      ),
    },
    "kubevirt:index:mergePresets": {
      description:
        "What presets make of a machine, without making it. Two presets that disagree on what the machine leaves open are an error.",
      inputs: object(
        {
          metadata: {
            ...metadata,
            description: "Metadata of the machine: its labels choose the presets. Default: none.",
          },
          spec,
          presets: {
            type: "array",
            items: { $ref: "#/types/kubevirt:index:DeclaredPreset" },
            description: "The presets, in any order.",
          },
        },
        ["spec", "presets"],
      ),
      outputs: object(
        {
          metadata: { ...metadata, description: "Metadata of the machine, with marks of the presets it has." },
          spec: { ...spec, description: "The machine with the settings of the presets." },
          provenance: {
            type: "object",
            additionalProperties: { type: "string" },
            description: "Path of each setting that came from a preset, and the name of that preset.",
          },
        },
        ["metadata", "spec", "provenance"],
      ),
    },
  };
}

/** Types of their arguments and answers that no object is made of. */
export function functionTypes(): Readonly<Record<string, object>> {
  return {
    [machineType]: { ...foundMachine(), description: "A machine that is there." },
    "kubevirt:index:DeclaredPreset": {
      ...object(
        {
          metadata,
          spec: {
            $ref: "#/types/kubevirt:v1alpha1:VirtualMachinePresetSpec",
            description: "Which machines get which settings.",
          },
        },
        ["metadata", "spec"],
      ),
      description: "A preset, as one would be declared.",
    },
  };
}

function foundMachine(): object {
  const outputs = kinds.find(({ kind }: KindDefinition) => kind === "VirtualMachine")?.outputs ?? [];
  const facts = Object.fromEntries(outputs.map(({ name, ...field }) => [name, field]));
  const status = { $ref: "#/types/kubevirt:v1alpha1:VirtualMachineStatus", description: "The machine as it is." };
  const properties: Properties = { metadata, spec, ...facts, status };
  return object(properties, Object.keys(properties));
}

function object(properties: Properties, required: readonly string[] = []): object {
  return { type: "object", properties, ...(required.length === 0 ? {} : { required }) };
}
