/**
 * A protobuf body as the JSON object it stands for. Owns Kubernetes' envelope around messages.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
import { badRequest, unsupportedMediaType } from "../status";
import { messages } from "./messages";
import { type Message, readMessage, WireError } from "./wire";

export const protobufType = "application/vnd.kubernetes.protobuf";

const magic = Buffer.from("k8s\0");

const envelope: Message = {
  1: ["typeMeta", { message: { 1: ["apiVersion", "string"], 2: ["kind", "string"] } }],
  2: ["raw", "bytes"],
};

/** @throws ApiError 400 for bytes that are no message, 415 for a kind that is read as JSON alone */
export function decodeProtobuf(bytes: Buffer): unknown {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw badRequest("the body is not a Kubernetes protobuf message");
  try {
    const { typeMeta, raw } = readMessage(bytes.subarray(magic.length), envelope);
    const { apiVersion, kind } = { apiVersion: "", kind: "", ...(typeof typeMeta === "object" ? typeMeta : {}) };
    const message = messages.get(`${apiVersion}/${kind}`);
    if (message === undefined)
      throw unsupportedMediaType(`${protobufType} of ${apiVersion} ${kind}`, ["application/json"]);
    const body = Buffer.from(typeof raw === "string" ? raw : "", "base64");
    return { apiVersion, kind, ...readMessage(body, message) };
  } catch (error) {
    if (error instanceof WireError)
      throw badRequest(`the body is malformed protobuf: ${error.message}`, { cause: error });
    throw error;
  }
}
