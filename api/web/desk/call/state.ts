// The call that is under way: who was found, the ticket, what the area's desks ask and say.
import { computed, effect, signal } from "@preact/signals";
import { go, route } from "../../shared/route.ts";
import { post, Problem, read, remove } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { area, attempt, me, told, words } from "../app.ts";

export type Ticket = Schemas["TicketOut"];
export type CallerFound = Schemas["CallerOut"];
export type Desk = Schemas["DeskOut"];
export type Quote = Schemas["SlotQuoteOut"];
export type Booked = Schemas["BookedOut"];

/** What the area's desks ask and say; of which area and language it was read. */
export const desk = signal<{ of: string; said: Desk } | null>(null);
/** Null until somebody was looked for. */
export const found = signal<readonly CallerFound[] | null>(null);
/** Whose ticket is to be opened. */
export const caller = signal<CallerFound | null>(null);
export const ticket = signal<Ticket | null>(null);
/** When the ticket was read: the clock of its line goes on from there. */
const readAt = signal(0);
/** Each second, by this machine: only differences matter here. */
export const second = signal(Date.now());

setInterval(() => (second.value = Date.now()), 1_000);

const RUNNING = "line3-call";
/** The ticket of the call that is under way, also after a look at another page. */
export const running = signal(sessionStorage.getItem(RUNNING));
effect(() => {
  // whoever signs in next has no call
  if (me.value === null) running.value = null;
});
const DRAFTS = "line3-drafts";
/** What is half done, by ticket (by subscriber before there is one): a look at another page, or a reload, loses nothing of it. What is a
    secret of the subscriber's is not among it. */
const drafts = signal(JSON.parse(sessionStorage.getItem(DRAFTS) ?? "{}") as Record<string, string>);
effect(() => {
  // whoever signs in next begins with nothing
  if (me.value === null) drafts.value = {};
});
effect(() => sessionStorage.setItem(DRAFTS, JSON.stringify(drafts.value)));

type DraftOf = "note" | "asked" | "summary" | "description";

/** Undefined where nothing is begun. */
export const draftOf = (of: string, what: DraftOf): string | undefined => drafts.value[`${of} ${what}`];

/** Undefined: it is done. */
export function keepDraft(of: string, what: DraftOf, text: string | undefined): void {
  const { [`${of} ${what}`]: _, ...others } = drafts.value;
  drafts.value = text === undefined ? others : { ...others, [`${of} ${what}`]: text };
}

effect(() => (running.value === null ? sessionStorage.removeItem(RUNNING) : sessionStorage.setItem(RUNNING, running.value)));

function show(next: Ticket): Ticket {
  readAt.value = Date.now();
  ticket.value = next;
  running.value = next.ticketId;
  // whoever was found before this is not on the line
  found.value = null;
  caller.value = null;
  return next;
}

/** Seconds that the line has spent on the ticket by now; null where no clock runs. */
export const spent = computed(() => {
  const of = ticket.value?.clock ?? null;
  if (of === null) return null;
  return of.spentSeconds + (of.paused ? 0 : Math.max(0, Math.floor((second.value - readAt.value) / 1_000)));
});

export async function readDesk(of: string): Promise<void> {
  desk.value = { of, said: await read<Desk>(inThatArea("/v1/desk")) };
}

/** By whatever was typed: a contract first, then what looks like a phone, then an address. */
export async function lookUp(text: string): Promise<readonly CallerFound[]> {
  const said = text.trim();
  const asked: Schemas["CallerLookup"][] = [];
  if (/^[A-Za-z0-9][A-Za-z0-9_.:/#-]{0,63}$/.test(said)) asked.push({ contract: said });
  const digits = said.replace(/[\s()./-]/g, "");
  if (/^\+?[0-9]{7,15}$/.test(digits)) asked.push({ phone: digits });
  if (/\s/.test(said) && /[0-9]/.test(said)) asked.push({ address: said });
  for (const by of asked) {
    const { items } = await post<Schemas["Callers"]>("/v1/callers", by);
    if (items.length > 0) return items;
  }
  return [];
}

export async function look(text: string): Promise<void> {
  leave();
  const items = await lookUp(text);
  found.value = items;
  if (items.length === 1) caller.value = items[0] ?? null;
}

/** Whoever was verified in the call that is over is nobody in the next one. To whom it was handed over, it goes on there; an account
    holds for what is written from it. */
function hangUp(): void {
  const of = ticket.value;
  if (of?.verifiedBy === "name" && of.state !== "waiting") void remove(`/v1/tickets/${of.ticketId}/verification`).catch(() => undefined);
}

/** Its subscriber calls again: nobody is verified yet. */
export async function callAgain(ticketId: string): Promise<void> {
  await attempt(async () => {
    show(await remove<Ticket>(`/v1/tickets/${ticketId}/verification`));
    go(`/call/${ticketId}`);
  });
}

/** It was not mended: at once in one's own hands. */
export async function openAgain(ticketId: string): Promise<void> {
  await attempt(async () => {
    await post(`/v1/tickets/${ticketId}/reopening`, { note: words.value.call.stillBroken });
    show(await post<Ticket>(`/v1/tickets/${ticketId}/take`, {}));
    go(`/call/${ticketId}`);
  });
}

/** A step of the ticket; what it is then is shown. Whether it went. */
export async function step(path: string, body: unknown = {}, ask: (path: string, body?: unknown) => Promise<Ticket> = post): Promise<boolean> {
  const of = ticket.value;
  if (of === null) return false;
  return attempt(async () => {
    try {
      const next = await ask(`/v1/tickets/${of.ticketId}/${path}`, body);
      // the call may have ended meanwhile
      if (ticket.value?.ticketId === of.ticketId) show(next);
    } catch (error) {
      // somebody else has it by now, or it went on: what it is, is shown beside what was refused
      if (error instanceof Problem && error.status === 409) await reread(of.ticketId);
      throw error;
    }
  });
}

export async function reread(ticketId: string): Promise<void> {
  const next = await read<Ticket>(`/v1/tickets/${ticketId}`);
  if (ticket.value?.ticketId === ticketId) show(next);
}

export async function openTicket(made: Schemas["TicketOpenIn"]): Promise<boolean> {
  return attempt(async () => {
    const opened = show(await post<Ticket>(inThatArea("/v1/tickets"), made));
    go(`/call/${opened.ticketId}`);
  });
}

/** The ticket that the address names. */
export async function enter(ticketId: string): Promise<void> {
  if (ticket.value?.ticketId !== ticketId) {
    hangUp();
    ticket.value = null;
  }
  try {
    const next = await read<Ticket>(`/v1/tickets/${ticketId}`);
    // whoever has gone on to another call meanwhile stays there
    if (ticketId === route.value[1] || ticketId === running.value) show(next);
  } catch (error) {
    // nothing leads back to what cannot be read any more
    if (error instanceof Problem && running.value === ticketId) running.value = null;
    throw error;
  }
}

/** Nobody is on the line any more. */
export function leave(): void {
  hangUp();
  running.value = null;
  ticket.value = null;
  caller.value = null;
  found.value = null;
  go("/call");
}

export async function takeNext(): Promise<void> {
  await attempt(async () => {
    const next = await post<Ticket | null>("/v1/queue/next", {});
    if (next === null) {
      told.value = { text: words.value.queue.nothing, tone: "news" };
      return;
    }
    hangUp();
    show(next);
    go(`/call/${next.ticketId}`);
  });
}

/** Of whom this call is: an operator takes calls of several areas. */
export const areaId = computed(() => ticket.value?.areaId ?? caller.value?.areaId ?? area.value?.areaId ?? "");

/** `/v1/desk` of that area. */
export const inThatArea = (path: string): string => `${path}?areaId=${areaId.value}`;
