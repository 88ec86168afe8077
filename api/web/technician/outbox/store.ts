// The thin shell around the outbox: IndexedDB with strict durability, each record read back before it is called saved. Rows
// and cursor change in one transaction, and so do an answer's outcomes. Several tabs may share it.
import { openDB, type DBSchema, type IDBPDatabase, type StoreNames, type IDBPTransaction } from "idb";
import { uuidv7 } from "uuidv7";
import type { VisibleArea, VisibleJob, VisibleVan } from "../model.ts";
import { kept, type Draft, type Kept } from "./outbox.ts";

export interface Photo {
  photoId: string;
  jobId: string;
  visitId: string;
  purpose: string;
  sha256: string;
  bytes: number;
  blob: Blob | null;
  offset: number;
  status: "waiting" | "stored" | "refused";
  takenAt: string;
  settledAt: string | null;
}

/** What only serves looking: in a store of its own, which a full phone can empty without writing anything. */
export interface Thumbnail {
  photoId: string;
  picture: Blob;
}

/** What the phone knows about itself and its server. */
export interface Meta {
  deviceId: string;
  deviceKey: string | null;
  name: string;
  language: string;
  seq: number;
  cursor: string | null;
  epoch: string | null;
  heardAt: string | null;
  /** The server's clock less the phone's, as of the last exchange. */
  skewMs: number;
  signedIn: boolean;
  /** Set by the server: this phone was revoked. */
  locked?: boolean;
  storageLost: boolean;
  alarms: number;
  about: VisibleArea | null;
}

interface Schema extends DBSchema {
  meta: { key: "me"; value: Meta };
  events: { key: number; value: Kept; indexes: { status: string; eventId: string } };
  rows: { key: string; value: VisibleJob };
  van: { key: "mine"; value: VisibleVan };
  photos: { key: string; value: Photo; indexes: { status: string } };
  thumbnails: { key: string; value: Thumbnail };
}

type Stores = StoreNames<Schema>;
export type Transaction = IDBPTransaction<Schema, Stores[], "readwrite">;

export const DATABASE = "line3-technician";
const VERSION = 3;
const ALL = ["meta", "events", "rows", "van", "photos", "thumbnails"] as const;

/** IndexedDB refused to keep something: the disk is full, or the browser took the storage away. Nothing was called saved. */
export class NotKept extends Error {}

export class Store {
  private readonly name: string;
  private opened: Promise<IDBPDatabase<Schema>> | null = null;

  private constructor(name: string) {
    this.name = name;
  }

  static async open(name = DATABASE): Promise<Store> {
    const store = new Store(name);
    await store.db();
    return store;
  }

  /** Browsers cut a connection in the background, and a newer version asks for its end: the next access makes another one. */
  private db(): Promise<IDBPDatabase<Schema>> {
    this.opened ??= openDB<Schema>(this.name, VERSION, {
      upgrade,
      blocking: () => {
        this.close();
        this.opened = null;
      },
      terminated: () => (this.opened = null),
    }).catch((error: unknown) => {
      this.opened = null;
      throw error;
    });
    return this.opened;
  }

  /** For good. */
  close(): void {
    void this.opened?.then((db) => db.close());
  }

  async meta(): Promise<Meta | undefined> {
    return (await this.db()).get("meta", "me");
  }

  async events(): Promise<Kept[]> {
    return (await this.db()).getAll("events");
  }

  async waiting(): Promise<Kept[]> {
    return (await this.db()).getAllFromIndex("events", "status", "waiting");
  }

  async pending(): Promise<Kept[]> {
    return (await this.db()).getAllFromIndex("events", "status", "pending");
  }

  async rows(): Promise<VisibleJob[]> {
    return (await this.db()).getAll("rows");
  }

  /** Undefined where the server never told it. */
  async van(): Promise<VisibleVan | undefined> {
    return (await this.db()).get("van", "mine");
  }

  async photos(): Promise<Photo[]> {
    return (await this.db()).getAll("photos");
  }

  async thumbnails(): Promise<Thumbnail[]> {
    return (await this.db()).getAll("thumbnails");
  }

  /** All at once or nothing. Raises `NotKept`. */
  async write<T>(stores: Stores[], work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const transaction = (await this.db()).transaction(stores, "readwrite", { durability: "strict" });
    try {
      const made = await work(transaction);
      await transaction.done;
      return made;
    } catch (error) {
      try {
        transaction.abort();
      } catch {
        // it has ended already
      }
      await transaction.done.catch(() => undefined);
      throw error instanceof DOMException ? new NotKept(error.name, { cause: error }) : error;
    }
  }

  changeMeta(change: (meta: Meta) => Meta): Promise<Meta> {
    return this.write(["meta"], async (transaction) => {
      const meta = change(need(await transaction.objectStore("meta").get("me")));
      await transaction.objectStore("meta").put(meta, "me");
      return meta;
    });
  }

  /** The phone is full: what only serves looking goes, so that what was recorded can stay. */
  async dropThumbnails(): Promise<void> {
    await this.write(["thumbnails"], (transaction) => transaction.objectStore("thumbnails").clear());
  }

  /** Nothing of this phone stays. False, and all stays, where something waits that no copy holds: on a locked phone one that
   * was made when it had counted to `copiedSeq`. */
  empty(copiedSeq: number | null): Promise<boolean> {
    return this.write([...ALL], async (transaction) => {
      const meta = await transaction.objectStore("meta").get("me");
      const events = await transaction.objectStore("events").index("status").count("waiting");
      const photos = await transaction.objectStore("photos").index("status").count("waiting");
      if (events + photos > 0 && !(meta?.locked === true && meta.seq === copiedSeq)) return false;
      for (const name of ALL) await transaction.objectStore(name).clear();
      return true;
    });
  }

  /** The number is given inside the transaction, so two tabs never give the same one. Returned once it has been read back. */
  async record(draft: Draft, now: Date, monoMs: number, photo?: Photo, thumbnail: Blob | null = null): Promise<Kept> {
    const made = await this.write(["meta", "events", "photos", "thumbnails"], async (transaction) => {
      const metas = transaction.objectStore("meta");
      const meta = need(await metas.get("me"));
      const seq = meta.seq + 1;
      const event = kept(draft, { eventId: uuidv7(), seq, now, monoMs });
      await transaction.objectStore("events").add(event);
      if (photo !== undefined) await transaction.objectStore("photos").add(photo);
      if (photo !== undefined && thumbnail !== null) await transaction.objectStore("thumbnails").put({ photoId: photo.photoId, picture: thumbnail });
      await metas.put({ ...meta, seq }, "me");
      return event;
    });
    const db = await this.db();
    const found = await db.get("events", made.seq);
    if (found?.text !== made.text) throw new NotKept("not found again");
    if (photo !== undefined && (await db.get("photos", photo.photoId))?.sha256 !== photo.sha256) {
      throw new NotKept("photo not found again");
    }
    return made;
  }
}

/** From any earlier version, and nothing that was kept is written anew: there may be no room. */
function upgrade(made: IDBPDatabase<Schema>, from: number): void {
  if (from < 1) {
    made.createObjectStore("meta");
    const events = made.createObjectStore("events", { keyPath: "seq" });
    events.createIndex("status", "status");
    events.createIndex("eventId", "eventId");
    made.createObjectStore("rows", { keyPath: "jobId" });
    made.createObjectStore("photos", { keyPath: "photoId" }).createIndex("status", "status");
  }
  if (from < 2) made.createObjectStore("thumbnails", { keyPath: "photoId" });
  made.createObjectStore("van");
}

export async function putAll(transaction: Transaction, events: readonly Kept[]): Promise<void> {
  await Promise.all(events.map((one) => transaction.objectStore("events").put(one)));
}

export function need<T>(value: T | undefined): T {
  if (value === undefined) throw new NotKept("the phone's own record is gone");
  return value;
}
