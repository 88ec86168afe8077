// The thin shell around the outbox: IndexedDB with strict durability, each record read back before it is called saved. Rows
// and cursor change in one transaction, and so do an answer's outcomes. Several tabs may share it.
import { openDB, type DBSchema, type IDBPDatabase, type StoreNames, type IDBPTransaction } from "idb";
import { uuidv7 } from "uuidv7";
import type { VisibleArea, VisibleJob } from "../model.ts";
import { kept, type Draft, type Kept } from "./outbox.ts";

export interface Photo {
  photoId: string;
  jobId: string;
  visitId: string;
  purpose: string;
  sha256: string;
  bytes: number;
  blob: Blob | null;
  thumbnail: Blob | null;
  offset: number;
  status: "waiting" | "stored" | "refused";
  takenAt: string;
  settledAt: string | null;
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
  photos: { key: string; value: Photo; indexes: { status: string } };
}

type Stores = StoreNames<Schema>;
export type Transaction = IDBPTransaction<Schema, Stores[], "readwrite">;

export const DATABASE = "line3-technician";
/** Outside the database on purpose: it tells that there was one. */
export const MARKER = "line3-enrolled";

/** IndexedDB refused to keep something: the disk is full, or the browser took the storage away. Nothing was called saved. */
export class NotKept extends Error {}

export class Store {
  private readonly db: IDBPDatabase<Schema>;

  private constructor(db: IDBPDatabase<Schema>) {
    this.db = db;
  }

  static async open(name = DATABASE): Promise<Store> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(made) {
        made.createObjectStore("meta");
        const events = made.createObjectStore("events", { keyPath: "seq" });
        events.createIndex("status", "status");
        events.createIndex("eventId", "eventId");
        made.createObjectStore("rows", { keyPath: "jobId" });
        made.createObjectStore("photos", { keyPath: "photoId" }).createIndex("status", "status");
      },
      blocking: () => db.close(),
    });
    return new Store(db);
  }

  close(): void {
    this.db.close();
  }

  meta(): Promise<Meta | undefined> {
    return this.db.get("meta", "me");
  }

  events(): Promise<Kept[]> {
    return this.db.getAll("events");
  }

  waiting(): Promise<Kept[]> {
    return this.db.getAllFromIndex("events", "status", "waiting");
  }

  pending(): Promise<Kept[]> {
    return this.db.getAllFromIndex("events", "status", "pending");
  }

  rows(): Promise<VisibleJob[]> {
    return this.db.getAll("rows");
  }

  photos(): Promise<Photo[]> {
    return this.db.getAll("photos");
  }

  /** All at once or nothing. Raises `NotKept`. */
  async write<T>(stores: Stores[], work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const transaction = this.db.transaction(stores, "readwrite", { durability: "strict" });
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
    await this.write(["photos"], async (transaction) => {
      const photos = transaction.objectStore("photos");
      for (const photo of await photos.getAll()) if (photo.thumbnail !== null) await photos.put({ ...photo, thumbnail: null });
    });
  }

  /** The number is given inside the transaction, so two tabs never give the same one. Returned once it has been read back. */
  async record(draft: Draft, now: Date, monoMs: number, photo?: Photo): Promise<Kept> {
    const made = await this.write(["meta", "events", "photos"], async (transaction) => {
      const metas = transaction.objectStore("meta");
      const meta = need(await metas.get("me"));
      const seq = meta.seq + 1;
      const event = kept(draft, { eventId: uuidv7(), seq, now, monoMs });
      await transaction.objectStore("events").add(event);
      if (photo !== undefined) await transaction.objectStore("photos").add(photo);
      await metas.put({ ...meta, seq }, "me");
      return event;
    });
    const found = await this.db.get("events", made.seq);
    if (found?.text !== made.text) throw new NotKept("not found again");
    if (photo !== undefined && (await this.db.get("photos", photo.photoId))?.sha256 !== photo.sha256) {
      throw new NotKept("photo not found again");
    }
    return made;
  }
}

export async function putAll(transaction: Transaction, events: readonly Kept[]): Promise<void> {
  await Promise.all(events.map((one) => transaction.objectStore("events").put(one)));
}

export function need<T>(value: T | undefined): T {
  if (value === undefined) throw new NotKept("the phone's own record is gone");
  return value;
}
