/** What descriptions promise of single values, written apart from the schemas: the end of a path → whether one keeps it. */
import { parseQuantity } from "../../../provider/api/quantity";

const promises: readonly (readonly [RegExp, (value: unknown) => boolean])[] = [
  [/\.tray$/, oneOf("open", "closed")],
  [/\.bus$/, oneOf("virtio", "sata", "scsi", "usb", "ide")],
  [/\.i6300esb\.action$/, oneOf("reset", "poweroff", "shutdown")],
  [/\.hpet\.tickPolicy$/, oneOf("delay", "catchup", "merge", "discard")],
  [/\.pit\.tickPolicy$/, oneOf("delay", "catchup", "discard")],
  [/\.rtc\.tickPolicy$/, oneOf("delay", "catchup")],
  [/\.rtc\.track$/, oneOf("guest", "wall")],
  [/\.runStrategy$/, oneOf("Always", "Halted")],
  [/\.cpu\.cores$/, within(1, 710)],
  [/\.spinlocks\.spinlocks$/, within(4096, 2 ** 31 - 1)],
  [/\.utc\.offsetSeconds$/, within(-(2 ** 31), 2 ** 31 - 1)],
  [/\.terminationGracePeriodSeconds$/, within(0, 2 ** 31 - 1)],
  [/\.replicas$/, within(0, 2 ** 31 - 1)],
  [/\.weight$/, within(1, 100)],
  [/\.vendorid\.vendorid$/, text(/^[ -+\--~]{0,12}$/)],
  [/\.firmware\.uuid$/, text(/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/i)],
  [/\.clock\.timezone$/, text(/^[\w+-]+(\/[\w+-]+)*$/)],
  [/\.machine\.type$/, text(/^([a-z0-9][\w.-]*)?$/)],
  [/\.watchdog\.name$/, text(/^[\w-]{1,63}$/)],
  [
    /\.registryDisk\.image$/,
    text(
      /^([\w.-]+(:\d+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@\w+:[0-9a-f]{32,})?$/,
    ),
  ],
  [/\.(requests|limits)\.memory$/, amount((nanos) => nanos > 0n && nanos < 8n * 2n ** 60n * 10n ** 9n)],
  [/\.emptyDisk\.capacity$/, amount((nanos) => nanos > 0n)],
  [/\.(requests|limits)(\.[\w-]+|\[".+"\])$/, amount((nanos) => nanos >= 0n)],
];

/** True also for a field of which nothing is promised. */
export function keepsItsPromise(field: string, value: unknown): boolean {
  const promise = promises.find(([end]) => end.test(field));
  return promise === undefined || promise[1](value);
}

function oneOf(...words: readonly string[]): (value: unknown) => boolean {
  return (value) => words.some((word) => word === value);
}

function within(least: number, most: number): (value: unknown) => boolean {
  return (value) => typeof value === "number" && value >= least && value <= most;
}

function text(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === "string" && pattern.test(value);
}

function amount(isMeant: (nanos: bigint) => boolean): (value: unknown) => boolean {
  return (value) => {
    const exact = typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
    return exact !== undefined && isMeant(exact.nanos);
  };
}
