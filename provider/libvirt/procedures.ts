/**
 * The numbers of libvirt's RPC protocol that the driver uses. They are a wire ABI: libvirt adds numbers and never
 * changes one (src/remote/remote_protocol.x and src/rpc/virnetprotocol.x of libvirt).
 */

/** RPC programs. Each has protocol version 1. */
export const program = { remote: 0x20008086, keepalive: 0x6b656570 } as const;

export const messageType = { call: 0, reply: 1, message: 2, stream: 3 } as const;

export const messageStatus = { ok: 0, error: 1, continue: 2 } as const;

/** Procedures of the keepalive program. */
export const keepalive = { ping: 1, pong: 2 } as const;

/** Procedures of the remote program. */
export const procedure = {
  connectOpen: 1,
  connectClose: 2,
  nodeGetInfo: 6,
  connectGetCapabilities: 7,
  domainGetXmlDesc: 14,
  domainLookupByName: 23,
  domainLookupByUuid: 24,
  domainResume: 28,
  domainSuspend: 34,
  networkCreate: 39,
  networkGetXmlDesc: 43,
  networkLookupByName: 46,
  connectGetHostname: 59,
  connectSupportsFeature: 60,
  authList: 66,
  authPolkit: 70,
  networkIsActive: 152,
  networkIsPersistent: 153,
  connectGetLibVersion: 157,
  domainCreateWithFlags: 196,
  domainSetMemoryParameters: 197,
  domainOpenConsole: 201,
  domainGetState: 212,
  domainUndefineFlags: 231,
  domainDestroyFlags: 234,
  domainShutdownFlags: 258,
  connectListAllDomains: 273,
  networkUpdate: 291,
  domainEventRegister: 316,
  domainEventLifecycle: 318,
  domainEventReboot: 319,
  domainEventWatchdog: 321,
  networkGetDhcpLeases: 341,
  connectGetDomainCapabilities: 342,
  domainEventAgent: 348,
  domainDefineXmlFlags: 350,
} as const;

/** remote_auth_type. */
export const authType = { none: 0, sasl: 1, polkit: 2 } as const;

/** virDrvFeature: what a client may ask of the daemon with connectSupportsFeature. */
export const feature = { programKeepalive: 10, networkUpdateHasCorrectOrder: 16 } as const;

/** virDomainEventID. */
export const domainEventId = { lifecycle: 0, reboot: 1, watchdog: 3, agent: 18 } as const;

/** virDomainCreateFlags. */
export const startFlag = { paused: 1 } as const;

/** virDomainShutdownFlagValues. */
export const shutdownFlag = { acpiPowerButton: 1 } as const;

/** virTypedParameterType. */
export const typedParameter = { unsignedHyper: 4 } as const;

/** virDomainModificationImpact. */
export const affect = { live: 1 } as const;

/** virDomainConsoleFlags. */
export const consoleFlag = { safe: 2 } as const;

/** virDomainUndefineFlagsValues. */
export const undefineFlag = { managedSave: 1, snapshotsMetadata: 2, nvram: 4, checkpointsMetadata: 16 } as const;

/** virNetworkUpdateCommand, virNetworkUpdateSection, virNetworkUpdateFlags. */
export const networkUpdate = {
  command: { modify: 1, delete: 2, addLast: 3 },
  section: { ipDhcpHost: 4 },
  flag: { affectLive: 1, affectConfig: 2 },
} as const;

/** virNetworkXMLFlags. */
export const networkXmlFlag = { inactive: 1 } as const;
