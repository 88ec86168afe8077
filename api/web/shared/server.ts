// Asking the server. What it refuses comes back as a `Problem`, what never arrives as a rejected fetch.

/** RFC 9457, with the members that belong to its type. */
export interface ProblemBody {
  type?: string;
  title?: string;
  errors?: { pointer: string; code: string }[];
  [member: string]: unknown;
}

export class Problem extends Error {
  readonly status: number;
  readonly kind: string;
  readonly body: ProblemBody;

  constructor(status: number, body: ProblemBody) {
    super(`${status} ${body.type ?? ""}`);
    this.status = status;
    this.kind = body.type ?? "";
    this.body = body;
  }
}

export const PATIENCE_MS = 30_000;

async function problemOf(answer: Response): Promise<ProblemBody> {
  return ((await answer.json().catch(() => null)) as ProblemBody | null) ?? {};
}

/** Which problem a refusal names; nothing where it is not the server's own. */
export async function kindOf(answer: Response): Promise<string> {
  return (await problemOf(answer)).type ?? "";
}

async function answered<T>(answer: Response): Promise<T> {
  if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T;
  throw new Problem(answer.status, await problemOf(answer));
}

type Headers = Record<string, string>;

async function ask<T>(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<T> {
  const said = body === undefined ? { headers } : { headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
  return answered<T>(await fetch(path, { method, ...said, signal: AbortSignal.timeout(PATIENCE_MS) }));
}

export const read = <T>(path: string): Promise<T> => ask<T>("GET", path);
export const post = <T>(path: string, body?: unknown, headers?: Headers): Promise<T> => ask<T>("POST", path, body, headers);
export const put = <T>(path: string, body?: unknown, headers?: Headers): Promise<T> => ask<T>("PUT", path, body, headers);
export const patch = <T>(path: string, body: unknown, headers?: Headers): Promise<T> => ask<T>("PATCH", path, body, headers);
export const remove = <T>(path: string, headers?: Headers): Promise<T> => ask<T>("DELETE", path, undefined, headers);
