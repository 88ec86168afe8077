// Every request the phone makes. What the server refuses comes back as a `Problem`, what never arrives as a rejected fetch.
import type { Device } from "./model.ts";
import type { Meta } from "./outbox/store.ts";

export class Problem extends Error {
  readonly status: number;
  readonly kind: string;

  constructor(status: number, kind: string) {
    super(`${status} ${kind}`);
    this.status = status;
    this.kind = kind;
  }
}

const PATIENCE_MS = 30_000;

/** Which problem a refusal names; nothing where it is not the server's own. */
export async function kindOf(answer: Response): Promise<string> {
  const problem = (await answer.json().catch(() => null)) as { type?: string } | null;
  return problem?.type ?? "";
}

async function answered<T>(answer: Response): Promise<T> {
  if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T;
  throw new Problem(answer.status, await kindOf(answer));
}

export function device(meta: Meta): Record<string, string> {
  return meta.deviceKey === null ? {} : { Authorization: `Device ${meta.deviceId}.${meta.deviceKey}` };
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  return answered<T>(await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS) }));
}

export async function send(method: "PUT" | "DELETE", path: string, body?: unknown): Promise<void> {
  const said = body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  await answered<void>(await fetch(path, { method, ...said, signal: AbortSignal.timeout(PATIENCE_MS) }));
}

export async function read<T>(path: string): Promise<T> {
  return answered<T>(await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) }));
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
