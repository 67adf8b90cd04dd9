/** `<qemu:commandline>`: what libvirt has no words for. https://libvirt.org/drvqemu.html#pass-through-of-arbitrary-qemu-commands */
import { text } from "./codecs";
import { attribute, children, element, type ValueOf } from "./element";

const argument = element("qemu:arg", { value: attribute("value", text) });

export const commandLine = element("qemu:commandline", { arguments: children(argument) }, [
  ["xmlns:qemu", "http://libvirt.org/schemas/domain/qemu/1.0"],
]);
export type CommandLine = ValueOf<typeof commandLine>;
