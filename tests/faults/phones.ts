// Any number of phones in one process: each the app's real engine over its own (fake) IndexedDB and a network that does what
// it is told. Commands come as JSON lines and are answered by their number, so that several may be under way.
//
// LINE3_EDITS holds seeded bugs: [file, text, other text], changed in the engine's source as it is loaded.
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash, randomBytes } from "node:crypto";
import { registerHooks } from "node:module";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import "../../api/web/node_modules/fake-indexeddb/auto/index.mjs";
import type { Exchanged, VisibleJob, VisibleVan, VisibleVisit } from "../../api/web/technician/model.ts";
import type { Draft, Kept } from "../../api/web/technician/outbox/outbox.ts";
import type { Meta, Photo, Store as OneStore } from "../../api/web/technician/outbox/store.ts";

const edits = JSON.parse(process.env["LINE3_EDITS"] ?? "[]") as [string, string, string][];

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const mine = edits.filter(([file]) => url.endsWith(`/technician/outbox/${file}`));
    if (mine.length === 0) return loaded;
    let source = Buffer.from(loaded.source as Uint8Array).toString();
    for (const [file, from, to] of mine) {
      if (source.split(from).length !== 2) throw new Error(`not once in ${file}: ${from}`);
      source = source.replace(from, () => to);
    }
    return { ...loaded, source };
  },
});

const { Store } = await import("../../api/web/technician/outbox/store.ts");
const { flush } = await import("../../api/web/technician/outbox/flush.ts");
const { sendPhotos } = await import("../../api/web/technician/outbox/photos.ts");
const { enrolDevice, sync } = await import("../../api/web/technician/server.ts");

/** The app is gone: nothing that it was doing goes on. */
class Dead extends Error {}

/** What befalls one request; the first waits for the first request, and so on. */
interface Fault {
  what: "ok" | "drop" | "lose" | "twice" | "again" | "hold" | "cut" | "portal" | "empty" | "refuse" | "fail" | "strike" | "die-before" | "die-after" | "damage" | "half";
  /** Of `refuse` the status, of `cut` the share that arrives, of `strike` what the server is told to do to itself, of `damage`
   * the place in what is sent. */
  how?: number | string;
}

/** What befalls the storage: `stop` kills the app before the n-th access, `commit` as that access is about to be kept, `full`
 * lets the transaction fail and the app live, `lie` keeps nothing of a new row and says that it did. */
interface Wear {
  what: "stop" | "commit" | "full" | "lie";
  after: number;
}

interface Sent {
  path: string;
  init: RequestInit;
}

const current = new AsyncLocalStorage<Phone>();
const phones = new Map<string, Phone>();

class Phone {
  readonly name: string;
  readonly url: string;
  readonly run: string;
  deviceId = "";
  cookie = "";
  now = 0;
  dead = false;
  /** Its browser's lock by which one tab sends at a time. */
  locked = false;
  faults: Fault[] = [];
  wear: Wear | null = null;
  /** More events than this in one request are 413, as of a gateway with little room; these numbers are 422. */
  narrow = Infinity;
  poison: number[] = [];
  held: Sent[] = [];
  /** What was called saved. */
  saved: Kept[] = [];
  private opened: OneStore | null = null;

  constructor(name: string, url: string, run: string) {
    this.name = name;
    this.url = url;
    this.run = run;
  }

  get store(): OneStore {
    if (this.opened === null) throw new Error("not opened");
    return this.opened;
  }

  async reopen(): Promise<void> {
    this.opened?.close();
    this.dead = this.locked = false;
    this.wear = null;
    this.opened = await Store.open(this.name);
  }

  /** As the app does after a sign-in. */
  async enrol(storageLost: boolean): Promise<void> {
    const answer = await this.send({ path: "/v1/mobile/devices", init: { method: "POST", headers: JSON_TYPE, body: JSON.stringify({ deviceId: this.deviceId, name: this.name }) } });
    if (!answer.ok) throw new Error(`not enrolled: ${answer.status} ${await answer.text()}`);
    const made: Meta = {
      deviceId: this.deviceId, deviceKey: null, name: this.name, language: "ru", seq: 0, cursor: null, epoch: null, heardAt: null,
      skewMs: 0, signedIn: true, storageLost, alarms: 0, about: null,
    };
    await this.store.write(["meta"], async (transaction) => void (await transaction.objectStore("meta").put(made, "me")));
  }

  async lose(): Promise<void> {
    this.opened?.close();
    await new Promise<void>((done, failed) => {
      const asked = indexedDB.deleteDatabase(this.name);
      asked.onsuccess = () => done();
      asked.onerror = () => failed(asked.error);
    });
    await this.reopen();
  }

  /** Before an access to the storage; what is to become of it. */
  touch(transaction: IDBTransaction): "kept" | "undone" | "passed over" {
    const due = this.wear !== null && --this.wear.after === 0 ? this.wear.what : null;
    if (due !== null) this.wear = null;
    if (due === "commit") return "undone";
    if (due === "lie") return "passed over";
    if (due === "stop") this.dead = true;
    if (!this.dead && due !== "full") return "kept";
    transaction.abort();
    if (due === "full" && !this.dead) throw new DOMException("no room", "QuotaExceededError");
    throw new Dead();
  }

  async fetch(sent: Sent): Promise<Response> {
    if (this.dead) throw new Dead();
    const said = (typeof sent.init.body === "string" ? JSON.parse(sent.init.body) : {}) as { events?: { seq: number }[] };
    const fault = this.faults.shift() ?? { what: "ok" };
    const events = said.events ?? [];
    if (events.length > this.narrow) return refusal(413);
    if (events.some((event) => this.poison.includes(event.seq))) return refusal(422);
    const answer = await this.suffer(fault, sent);
    if (this.dead) throw new Dead();
    return answer;
  }

  private async suffer({ what, how }: Fault, sent: Sent): Promise<Response> {
    switch (what) {
      case "drop":
        throw new TypeError("fetch failed");
      case "hold":
        this.held.push(sent);
        throw new TypeError("fetch failed");
      case "lose":
        await this.send(sent);
        throw new TypeError("fetch failed");
      case "twice":
        return (await Promise.all([this.send(sent), this.send(sent)]))[Number(how)] as Response;
      case "again":
        await this.send(sent);
        return this.send(sent);
      case "portal":
        return new Response("<html>Welcome to our Wi-Fi</html>", { headers: { "Content-Type": "text/html" } });
      case "empty":
        return new Response("{}", { headers: JSON_TYPE });
      case "refuse":
        return refusal(Number(how));
      case "fail":
        await this.send(sent);
        return refusal(500);
      case "cut": {
        const text = await (await this.send(sent)).text();
        return new Response(text.slice(0, Math.floor(text.length * Number(how))), { headers: JSON_TYPE });
      }
      case "damage":
      case "half": {
        if (!(sent.init.body instanceof Uint8Array)) return this.send(sent);
        const whole = Uint8Array.from(sent.init.body);
        const body = what === "half" ? whole.slice(0, whole.length / 2) : whole;
        const at = Math.floor(body.length * Number(how ?? 0));
        if (what === "damage") body[at] = (body[at] ?? 0) ^ 1;
        return this.send({ ...sent, init: { ...sent.init, body } });
      }
      case "die-before":
        this.dead = true;
        throw new Dead();
      case "die-after":
        await this.send(sent);
        this.dead = true;
        throw new Dead();
      case "strike": {
        const answer = await this.send(sent, { "X-Line3-Strike": String(how) });
        if (answer.status === 599) throw new TypeError("fetch failed");
        return answer;
      }
      default:
        return this.send(sent);
    }
  }

  async send({ path, init }: Sent, more: Record<string, string> = {}): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), Cookie: this.cookie, "X-Line3-Run": this.run, ...more };
    return network(`${this.url}${path}`, { ...init, headers });
  }

  /** What the network held back arrives after all, and nobody waits for an answer. */
  async release(): Promise<void> {
    for (const sent of this.held.splice(0)) await this.send(sent);
  }

  /** What a phone that knows nothing would be told: its van, and its rows by job. */
  async told(): Promise<{ van: VisibleVan | null; jobs: Map<string, VisibleJob> }> {
    const body = JSON.stringify({ deviceId: this.deviceId, batchId: crypto.randomUUID(), van: "", events: [] });
    const answer = (await (await this.send({ path: "/v1/mobile/sync", init: { method: "POST", headers: JSON_TYPE, body } })).json()) as Exchanged;
    return { van: answer.van ?? null, jobs: new Map((answer.pull?.changes ?? []).map((change) => [change.jobId, change.job as VisibleJob])) };
  }
}

const JSON_TYPE = { "Content-Type": "application/json" };

function refusal(status: number): Response {
  return new Response("{}", { status, headers: status === 429 ? { "Retry-After": "1" } : {} });
}

const network = globalThis.fetch;
globalThis.fetch = async (path, init) => {
  const phone = current.getStore();
  if (phone === undefined || typeof path !== "string") throw new Error(`who asks for ${String(path)}?`);
  return phone.fetch({ path, init: init ?? {} });
};

Object.defineProperty(navigator, "locks", {
  value: {
    async request(_name: string, _options: object, work: (lock: object | null) => Promise<unknown>) {
      const phone = current.getStore();
      if (phone === undefined || phone.locked) return work(null);
      phone.locked = true;
      try {
        return await work({});
      } finally {
        phone.locked = false;
      }
    },
  },
});

type Access = (this: IDBObjectStore | IDBIndex, ...args: unknown[]) => IDBRequest;

function worn(prototype: object, names: readonly string[]): void {
  const methods = prototype as Record<string, Access>;
  for (const name of names) {
    const original = methods[name] as Access;
    methods[name] = function (...args) {
      const transaction = "transaction" in this ? this.transaction : this.objectStore.transaction;
      const phone = phones.get(transaction.db.name);
      const becomes = phone?.touch(transaction) ?? "kept";
      if (becomes === "passed over" && name === "add") return (this as IDBObjectStore).get(0);
      const request = original.apply(this, args);
      if (becomes === "undone" && phone !== undefined) {
        request.addEventListener("success", () => {
          phone.dead = true;
          transaction.abort();
        });
      }
      return request;
    };
  }
}
worn(IDBObjectStore.prototype, ["get", "getAll", "put", "add", "delete", "clear"]);
worn(IDBIndex.prototype, ["getAll"]);
// what a dead app had begun is rejected, and nobody is left to hear of it
process.on("unhandledRejection", (error) => {
  if (!(error instanceof Dead || error instanceof DOMException)) throw error;
});

// a photo that did not go is told by the judge
console.error = () => undefined;

interface Command {
  number: number;
  do: "open" | "record" | "flush" | "photograph" | "upload" | "reopen" | "lose" | "release" | "end" | "judge";
  phone: string;
  url?: string;
  run?: string;
  deviceId?: string;
  cookie?: string;
  now?: number;
  monoMs?: number;
  faults?: Fault[];
  wear?: Wear | null;
  narrow?: number | null;
  poison?: number[];
  drafts?: Draft[];
  fresh?: boolean;
  head?: string;
  sizes?: number[];
}

async function done(asked: Command): Promise<object> {
  if (asked.do === "open") phones.set(asked.phone, new Phone(asked.phone, asked.url ?? "", asked.run ?? ""));
  const phone = phones.get(asked.phone);
  if (phone === undefined) throw new Error(`no phone ${asked.phone}`);
  phone.cookie = asked.cookie ?? phone.cookie;
  phone.now = asked.now ?? phone.now;
  if (asked.wear !== undefined) phone.wear = asked.wear;
  return current.run(phone, () => DOING[asked.do](phone, asked));
}

/** What was taken back comes before what is still to be done. */
function lastOfAll(one: VisibleVisit, other: VisibleVisit): number {
  return Number(other.state === "cancelled") - Number(one.state === "cancelled") || one.plannedStartAt.localeCompare(other.plannedStartAt);
}

const DOING: Record<Command["do"], (phone: Phone, asked: Command) => Promise<object>> = {
  async open(phone, asked) {
    phone.deviceId = asked.deviceId ?? "";
    await phone.reopen();
    await phone.enrol(false);
    return {};
  },
  async record(phone, asked) {
    const saved: string[] = [];
    const refused: string[] = [];
    for (const draft of asked.drafts ?? []) {
      try {
        const made = await phone.store.record(draft, new Date(phone.now), asked.monoMs ?? 0);
        phone.saved.push(made);
        saved.push(made.eventId);
      } catch (error) {
        refused.push(error instanceof Error ? `${error.name} ${error.message}` : String(error));
      }
      if (phone.dead) break;
    }
    phone.wear = null;
    return { saved, refused, dead: phone.dead };
  },
  async flush(phone, asked) {
    phone.faults = asked.faults ?? [];
    phone.narrow = asked.narrow ?? Infinity;
    phone.poison = asked.poison ?? [];
    let ended: string;
    try {
      const enrol = async (deviceId: string) => (await enrolDevice(deviceId)).deviceKey;
      ended = (await flush(phone.store, { sync, photos: async () => "done", enrol }, () => new Date(phone.now))).ended;
    } catch (error) {
      ended = phone.dead ? "dead" : `failed: ${String(error)}`;
    }
    phone.wear = null;
    if (phone.dead) return { ended: "dead", waiting: 0, rows: [] };
    const rows = (await phone.store.rows()).map((job) => [job.holderName, job.jobId, job.kind.code, job.visits.toSorted(lastOfAll).map((visit) => visit.visitId)]);
    return { ended, waiting: (await phone.store.waiting()).length, rows };
  },
  /** Pictures of these sizes: `head` (base64) makes them images, the rest is chance. */
  async photograph(phone, asked) {
    const head = Buffer.from(asked.head ?? "", "base64");
    const taken = (asked.sizes ?? []).map((size): Photo => {
      const bytes = Buffer.concat([head, randomBytes(size - head.length)]);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const known = { jobId: "", visitId: "", purpose: "before", offset: 0, takenAt: "2026-11-24T10:00:00Z", settledAt: null };
      return { ...known, photoId: crypto.randomUUID(), sha256, bytes: size, blob: new Blob([bytes]), status: "waiting" };
    });
    await phone.store.write(["photos"], async (transaction) => {
      for (const photo of taken) await transaction.objectStore("photos").put(photo);
    });
    return { photos: taken.map(({ photoId, sha256, bytes }) => ({ photoId, sha256, bytes })) };
  },
  async upload(phone, asked) {
    phone.faults = asked.faults ?? [];
    const meta = await phone.store.meta();
    if (meta === undefined) throw new Error("not enrolled");
    const ended = await sendPhotos(phone.store, meta, async () => false).catch((error: unknown) => (phone.dead ? "dead" : `failed: ${String(error)}`));
    if (phone.dead) await phone.reopen();
    return { ended, statuses: Object.fromEntries((await phone.store.photos()).map(({ photoId, status }) => [photoId, status])) };
  },
  async reopen(phone) {
    await phone.reopen();
    return {};
  },
  async lose(phone, asked) {
    const known = await phone.store.events();
    const lost = known.filter((event) => event.status === "waiting").map((event) => event.eventId);
    phone.deviceId = asked.deviceId ?? phone.deviceId;
    await phone.lose();
    await phone.enrol(true);
    return { lost, known: known.map((event) => event.eventId) };
  },
  async release(phone) {
    await phone.release();
    return {};
  },
  async end(phone) {
    phone.store.close();
    phones.delete(phone.name);
    indexedDB.deleteDatabase(phone.name);
    return {};
  },
  async judge(phone, asked) {
    const meta = await phone.store.meta();
    const rows = await phone.store.rows();
    const told = asked.fresh === true ? await phone.told() : null;
    const differing = rows.filter((row) => told !== null && !isDeepStrictEqual(row, told.jobs.get(row.jobId))).map((row) => row.jobId);
    if (told !== null && !isDeepStrictEqual(await phone.store.van(), told.van)) differing.push("of its van");
    const events = (await phone.store.events()).map(({ eventId, seq, text, status, reason, jobId }) => ({ eventId, seq, text, status, reason, jobId }));
    const saved = phone.saved.map(({ eventId, seq, text }) => ({ eventId, seq, text }));
    return { deviceId: phone.deviceId, seq: meta?.seq, alarms: meta?.alarms, signedIn: meta?.signedIn, differing, shown: rows.map((row) => row.jobId), events, saved };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as Command;
  void done(asked)
    .catch((error: unknown) => ({ error: error instanceof Error ? (error.stack ?? String(error)) : String(error) }))
    .then((answer) => console.log(JSON.stringify({ number: asked.number, ...answer })));
}
