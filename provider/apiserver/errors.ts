/** Why the server could not start. */
export class PortTakenError extends Error {
  readonly host: string;
  readonly port: number;
  constructor(host: string, port: number, options?: ErrorOptions) {
    super(`${host}:${port} is in use by another program: stop that one, or choose another port with --port`, options);
    this.name = "PortTakenError";
    this.host = host;
    this.port = port;
  }
}
