// What only the phone asks: as itself, by its key.
import { PATIENCE_MS, post } from "../shared/server.ts";
import type { Device } from "./model.ts";
import type { Meta } from "./outbox/store.ts";

export function device(meta: Meta): Record<string, string> {
  return meta.deviceKey === null ? {} : { Authorization: `Device ${meta.deviceId}.${meta.deviceKey}` };
}

export async function sync(body: string, meta: Meta): Promise<Response> {
  const headers = { "Content-Type": "application/json", ...device(meta) };
  return fetch("/v1/mobile/sync", { method: "POST", headers, body, signal: AbortSignal.timeout(PATIENCE_MS) });
}

export function deviceName(): string {
  return /Android[^;)]*|iPhone|iPad|Windows NT|Mac OS X|Linux/.exec(navigator.userAgent)?.[0] ?? "Browser";
}

/** This phone is the signed-in technician's; again is the same, with a new key. */
export function enrolDevice(deviceId: string): Promise<Device> {
  return post<Device>("/v1/mobile/devices", { deviceId, name: deviceName() });
}
