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

/** Whether somebody who is not signed in any more has signed in again. */
let signedInAgain: () => Promise<boolean> = () => Promise.resolve(false);

export function whenSignedOut(ask: () => Promise<boolean>): void {
  signedInAgain = ask;
}

async function ask<T>(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<T> {
  const said = body === undefined ? { headers } : { headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
  try {
    return await answered<T>(await fetch(path, { method, ...said, signal: AbortSignal.timeout(PATIENCE_MS) }));
  } catch (error) {
    // so refused it did nothing: the same may be asked once more
    const isOver = error instanceof Problem && error.kind === "/problems/not-signed-in";
    if (isOver && (await signedInAgain())) return ask<T>(method, path, body, headers);
    throw error;
  }
}

export const read = <T>(path: string, headers?: Headers): Promise<T> => ask<T>("GET", path, undefined, headers);
export const post = <T>(path: string, body?: unknown, headers?: Headers): Promise<T> => ask<T>("POST", path, body, headers);
export const put = <T>(path: string, body?: unknown, headers?: Headers): Promise<T> => ask<T>("PUT", path, body, headers);
export const patch = <T>(path: string, body: unknown, headers?: Headers): Promise<T> => ask<T>("PATCH", path, body, headers);
export const remove = <T>(path: string, headers?: Headers): Promise<T> => ask<T>("DELETE", path, undefined, headers);
