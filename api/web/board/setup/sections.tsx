// What is set up as a table and a form: each kind of thing by its columns, its fields, and how it is saved.
import { read } from "../../shared/server.ts";
import { LANGUAGES } from "../../shared/words.ts";
import { area, inArea } from "../app.ts";
import { Absences } from "./absences.tsx";
import { own, type Option } from "./inputs.tsx";
import { PhoneLink } from "./links.tsx";
import {
  keep,
  type DepotOut,
  type ElementOut,
  type HolidayOut,
  type LoanOut,
  type PartOut,
  type PatternOut,
  type PatternShift,
  type SkillOut,
  type StockOut,
  type SubscriberOut,
  type TechnicianOut,
  type WaitingOut,
} from "./model.ts";
import { hasPlace, keepPlace, noPlace, PlaceField, placeOf, type PlaceForm } from "./place.tsx";
import type { ThingsSpec } from "./things.tsx";
import { Times } from "./times.tsx";
import { USUAL, WeekGrid } from "./week.tsx";
import { w } from "./words.ts";

type Listed<T> = { items: T[] };

export const listed = async <T,>(what: string): Promise<T[]> => (await read<Listed<T>>(inArea(`/v1/setup/${what}`))).items;

const BOTH = ["dispatcher", "supervisor"];
export const LANGUAGE_OPTIONS: Option[] = Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }));
const coded = (things: readonly { code: string; name: string }[]): Option[] => things.map(({ code, name }) => ({ value: code, label: name }));

/** A language that the board does not speak is kept. */
export const languages = (present: string): Option[] => (LANGUAGE_OPTIONS.some(({ value }) => value === present) ? LANGUAGE_OPTIONS : [...LANGUAGE_OPTIONS, { value: present, label: present }]);

export function depots(): ThingsSpec<DepotOut, { name: string; place: PlaceForm }> {
  const t = w().depots;
  return {
    name: "depots",
    title: w().sections.depots,
    fresh: w().fresh.depots,
    isImported: true,
    none: t.none,
    load: () => listed<DepotOut>("depots"),
    id: ({ depotId }) => depotId,
    version: ({ version }) => version,
    heading: ({ name }) => name,
    columns: [
      { label: t.name, of: ({ name }) => name },
      { label: t.address, of: ({ address }) => address },
    ],
    blank: () => ({ name: "", place: noPlace() }),
    formOf: async ({ name, placeId }) => ({ name, place: await placeOf(placeId) }),
    fields: () => [
      { name: "name", label: t.name, kind: "text", required: true },
      own("place", w().place.legend, (value, change) => <PlaceField value={value} change={change} />),
    ],
    save: async (id, { name, place }, version) => {
      await keep(`depots/${id}`, { name, placeId: await keepPlace(place) }, version);
    },
    roles: BOTH,
  };
}

export function skills(): ThingsSpec<SkillOut, { code: string; name: string }> {
  const t = w().skills;
  return {
    name: "skills",
    title: w().sections.skills,
    fresh: w().fresh.skills,
    none: t.none,
    load: () => listed<SkillOut>("skills"),
    id: ({ code }) => code,
    version: ({ version }) => version,
    heading: ({ name }) => name,
    columns: [
      { label: t.name, of: ({ name }) => name },
      { label: t.code, of: ({ code }) => code, isCode: true },
    ],
    blank: () => ({ code: "", name: "" }),
    formOf: ({ code, name }) => ({ code, name }),
    fields: (isNew) => [
      { name: "code", label: t.code, kind: "text", form: "code", required: true, fixed: !isNew, hint: isNew ? w().codeHint : undefined },
      { name: "name", label: t.name, kind: "text", required: true },
    ],
    save: async (_id, { code, name }, version) => {
      await keep(`skills/${encodeURIComponent(code)}`, { name }, version);
    },
    roles: ["supervisor"],
  };
}

interface TechnicianForm {
  login: string;
  displayName: string;
  language: string;
  skills: string[];
  /** A depot's place, or nothing for somebody who begins at home. */
  start: string | null;
  place: PlaceForm;
  overtimeMinutes: number;
  active: boolean;
  phone: string;
}

export interface People {
  skills: SkillOut[];
  depots: DepotOut[];
}

export function technicians({ skills: known, depots: from }: People): ThingsSpec<TechnicianOut, TechnicianForm> {
  const t = w().technicians;
  const depotAt = (placeId: string) => from.find((one) => one.placeId === placeId);
  const nameOf = (code: string) => known.find((one) => one.code === code)?.name ?? code;
  return {
    name: "technicians",
    title: w().sections.technicians,
    fresh: w().fresh.technicians,
    isImported: true,
    none: t.none,
    load: () => listed<TechnicianOut>("technicians"),
    id: ({ technicianId }) => technicianId,
    version: ({ version }) => version,
    heading: ({ displayName }) => displayName,
    columns: [
      { label: t.name, of: ({ displayName }) => displayName },
      { label: t.login, of: ({ login }) => login, isCode: true },
      { label: t.skills, of: ({ skills }) => skills.map(nameOf).join(", ") },
      { label: t.start, of: ({ startPlaceId }) => depotAt(startPlaceId)?.name ?? t.atHome },
      { label: t.active, of: ({ active }) => (active ? w().yes : t.left) },
    ],
    blank: () => ({ login: "", displayName: "", language: area.value?.language ?? "en", skills: [], start: from[0]?.placeId ?? null, place: noPlace(), overtimeMinutes: 30, active: true, phone: "" }),
    formOf: async ({ startPlaceId, login, displayName, language, skills, overtimeMinutes, active, phone }) => {
      const start = depotAt(startPlaceId)?.placeId ?? null;
      return { login, displayName, language, skills, start, place: start === null ? await placeOf(startPlaceId) : noPlace(), overtimeMinutes, active, phone };
    },
    fields: (isNew, form) => [
      { name: "displayName", label: t.name, kind: "text", required: true },
      { name: "login", label: t.login, kind: "text", form: "login", required: true, fixed: !isNew, hint: isNew ? t.loginHint : undefined },
      { name: "language", label: t.language, kind: "select", options: languages(form.language), required: true },
      { name: "phone", label: t.phone, kind: "text", form: "tel", hint: t.phoneHint },
      { name: "skills", label: t.skills, kind: "many", options: coded(known) },
      { name: "start", label: t.start, kind: "select", options: from.map(({ placeId, name }) => ({ value: placeId, label: name })), empty: t.atHome },
      ...(form.start === null ? [own<TechnicianForm, "place">("place", w().place.legend, (value, change) => <PlaceField value={value} change={change} />)] : []),
      { name: "overtimeMinutes", label: t.overtime, kind: "number", min: 0, max: 1440, required: true },
      { name: "active", label: t.active, kind: "tick" },
    ],
    save: async (id, { start, place, ...said }, version) => {
      const startPlaceId = start ?? (await keepPlace(place));
      return (await keep<{ waiting: WaitingOut[] }>(`technicians/${id}`, { ...said, startPlaceId }, version)).waiting;
    },
    roles: ["supervisor"],
    stays: true,
    above: (technician, isFresh) => (
      <>
        {isFresh && <PhoneLink technician={technician} atOnce />}
        <Absences key={technician.technicianId} technicianId={technician.technicianId} name={technician.displayName} />
      </>
    ),
    below: (technician, isFresh) => (
      <>
        {!isFresh && <PhoneLink technician={technician} atOnce={false} />}
        <Times technicianId={technician.technicianId} name={technician.displayName} />
      </>
    ),
  };
}

interface PatternForm {
  name: string;
  weeks: number;
  firstOn: string;
  shifts: PatternShift[];
  onHolidays: boolean;
}

export interface Patterns {
  items: PatternOut[];
  chosen: { technicianId: string; fromOn: string; shiftPatternId: string | null }[];
}

/** How many work by it as of the day. */
function workBy(chosen: Patterns["chosen"], patternId: string, on: string): number {
  const latest = new Map<string, string | null>();
  for (const one of chosen) if (one.fromOn <= on) latest.set(one.technicianId, one.shiftPatternId);
  return [...latest.values()].filter((one) => one === patternId).length;
}

export function patterns(day: string): ThingsSpec<PatternOut & { people: number }, PatternForm> {
  const t = w().patterns;
  return {
    name: "patterns",
    title: w().sections.patterns,
    fresh: w().fresh.patterns,
    none: t.none,
    load: async () => {
      const { items, chosen } = await read<Patterns>(inArea("/v1/setup/shift-patterns"));
      return items.map((one) => ({ ...one, people: workBy(chosen, one.shiftPatternId, day) }));
    },
    id: ({ shiftPatternId }) => shiftPatternId,
    version: ({ version }) => version,
    heading: ({ name }) => name,
    columns: [
      { label: t.name, of: ({ name }) => name },
      { label: t.weeks, of: ({ weeks }) => weeks, isNumber: true },
      { label: t.shifts, of: ({ shifts, weeks }) => Math.round((10 * shifts.length) / weeks) / 10, isNumber: true },
      { label: t.people, of: ({ people }) => people, isNumber: true },
    ],
    blank: () => ({ name: "", weeks: 1, firstOn: day, shifts: [1, 2, 3, 4, 5].map((weekday) => ({ week: 1, weekday, hours: USUAL })), onHolidays: false }),
    formOf: ({ name, weeks, firstOn, shifts, onHolidays }) => ({ name, weeks, firstOn, shifts, onHolidays }),
    fields: (_isNew, form) => [
      { name: "name", label: t.name, kind: "text", required: true },
      { name: "weeks", label: t.weeks, kind: "number", min: 1, max: 8, required: true },
      ...(form.weeks > 1 ? [{ name: "firstOn", label: t.firstOn, kind: "date", required: true } as const] : []),
      { name: "onHolidays", label: t.onHolidays, kind: "tick" },
      own("shifts", t.grid, (value, change) => <WeekGrid weeks={Math.min(8, Math.max(1, form.weeks || 1))} shifts={value} change={change} />),
    ],
    save: async (id, form, version) => {
      const said = { ...form, shifts: form.shifts.filter(({ week }) => week <= form.weeks) };
      return (await keep<{ waiting: WaitingOut[] }>(`shift-patterns/${id}`, said, version)).waiting;
    },
    roles: BOTH,
  };
}

export function holidays(say: (day: string) => string, day: string): ThingsSpec<HolidayOut, { onDay: string; name: string }> {
  const t = w().holidays;
  return {
    name: "holidays",
    title: w().sections.holidays,
    fresh: w().fresh.holidays,
    none: t.none,
    load: () => listed<HolidayOut>("holidays"),
    id: ({ onDay }) => onDay,
    version: ({ version }) => version,
    heading: ({ name }) => name,
    columns: [
      { label: t.day, of: ({ onDay }) => say(onDay) },
      { label: t.name, of: ({ name }) => name },
    ],
    blank: () => ({ onDay: day, name: "" }),
    formOf: ({ onDay, name }) => ({ onDay, name }),
    fields: (isNew) => [
      { name: "onDay", label: t.day, kind: "date", min: day, required: true, fixed: !isNew, hint: t.everybody },
      { name: "name", label: t.name, kind: "text", required: true },
    ],
    save: async (_id, { onDay, name }, version) => (await keep<{ waiting: WaitingOut[] }>(`holidays/${onDay}`, { name }, version)).waiting,
    roles: BOTH,
    note: () => <p class="aside">{t.everybody}</p>,
    remove: { label: t.drop, path: ({ onDay }) => `holidays/${onDay}`, where: ({ onDay }) => onDay >= day },
  };
}

interface LoanForm {
  technicianId: string | null;
  areaIdWorked: string | null;
  firstOn: string;
  lastOn: string;
  cancelled: boolean;
}

export interface Lending {
  people: TechnicianOut[];
  areas: { areaId: string; name: string }[];
}

export function loans({ people, areas }: Lending, say: (day: string) => string, day: string): ThingsSpec<LoanOut, LoanForm> {
  const t = w().loans;
  const nameOf = (id: string) => people.find(({ technicianId }) => technicianId === id)?.displayName ?? id;
  const areaOf = (id: string) => areas.find(({ areaId }) => areaId === id)?.name ?? id;
  return {
    name: "loans",
    title: w().sections.loans,
    fresh: w().fresh.loans,
    none: areas.length === 0 ? t.noAreas : t.none,
    load: () => listed<LoanOut>("loans"),
    id: ({ loanId }) => loanId,
    version: ({ version }) => version,
    heading: ({ technicianId }) => nameOf(technicianId),
    columns: [
      { label: t.technician, of: ({ technicianId }) => nameOf(technicianId) },
      { label: t.to, of: ({ areaIdWorked }) => areaOf(areaIdWorked) },
      { label: t.firstOn, of: ({ firstOn }) => say(firstOn) },
      { label: t.lastOn, of: ({ lastOn }) => say(lastOn) },
      { label: t.cancelled, of: ({ cancelled }) => (cancelled ? w().yes : "") },
    ],
    blank: () => ({ technicianId: null, areaIdWorked: areas.length === 1 ? (areas[0]?.areaId ?? null) : null, firstOn: day, lastOn: day, cancelled: false }),
    formOf: ({ technicianId, areaIdWorked, firstOn, lastOn, cancelled }) => ({ technicianId, areaIdWorked, firstOn, lastOn, cancelled }),
    fields: (isNew) => [
      { name: "technicianId", label: t.technician, kind: "select", options: people.map((one) => ({ value: one.technicianId, label: one.displayName })), required: true, fixed: !isNew },
      { name: "areaIdWorked", label: t.to, kind: "select", options: areas.map((one) => ({ value: one.areaId, label: one.name })), required: true, fixed: !isNew },
      { name: "firstOn", label: t.firstOn, kind: "date", required: true },
      { name: "lastOn", label: t.lastOn, kind: "date", required: true },
      ...(isNew ? [] : [{ name: "cancelled", label: t.cancelled, kind: "tick" } as const]),
    ],
    save: async (id, form, version) => (await keep<{ waiting: WaitingOut[] }>(`loans/${id}`, form, version)).waiting,
    roles: BOTH,
    canAdd: areas.length > 0,
  };
}

export function parts(): ThingsSpec<PartOut, { code: string; kind: PartOut["kind"]; name: string }> {
  const t = w().parts;
  return {
    name: "parts",
    title: w().sections.parts,
    fresh: w().fresh.parts,
    isImported: true,
    none: t.none,
    load: () => listed<PartOut>("parts"),
    id: ({ code }) => code,
    version: ({ version }) => version,
    heading: ({ name }) => name,
    columns: [
      { label: t.name, of: ({ name, version }) => (version === 0 ? `${name} (${t.unnamed})` : name) },
      { label: t.code, of: ({ code }) => code, isCode: true },
      { label: t.kind, of: ({ kind }) => t.kinds[kind] },
    ],
    blank: () => ({ code: "", kind: "part", name: "" }),
    formOf: ({ code, kind, name }) => ({ code, kind, name }),
    fields: (isNew) => [
      { name: "code", label: t.code, kind: "text", form: "code", required: true, fixed: !isNew, hint: isNew ? w().codeHint : undefined },
      { name: "kind", label: t.kind, kind: "select", options: Object.entries(t.kinds).map(([value, label]) => ({ value, label })), required: true },
      { name: "name", label: t.name, kind: "text", required: true },
    ],
    save: async (_id, { code, kind, name }, version) => {
      await keep(`parts/${encodeURIComponent(code)}`, { kind, name }, version);
    },
    roles: ["supervisor"],
  };
}

interface StockForm {
  /** `van:` or `depot:` and its id. */
  holder: string | null;
  code: string | null;
  serial: string;
  quantity: number;
}

export interface Stores {
  people: TechnicianOut[];
  depots: DepotOut[];
  parts: PartOut[];
}

export function stock({ people, depots: from, parts: known }: Stores): ThingsSpec<StockOut, StockForm> {
  const t = w().stock;
  const nameOf = (code: string) => known.find((one) => one.code === code)?.name ?? code;
  const holders: Option[] = [
    ...from.map(({ depotId, name }) => ({ value: `depot:${depotId}`, label: name })),
    ...people.map(({ technicianId, displayName }) => ({ value: `van:${technicianId}`, label: displayName })),
  ];
  const holderOf = ({ technicianId, depotId }: StockOut) => (technicianId === null ? `depot:${depotId}` : `van:${technicianId}`);
  const kindOf = (code: string | null) => known.find((one) => one.code === code)?.kind ?? "part";
  return {
    name: "stock",
    title: w().sections.stock,
    fresh: w().fresh.stock,
    isImported: true,
    none: t.none,
    load: () => listed<StockOut>("stock"),
    id: ({ stockId }) => stockId,
    version: ({ version }) => version,
    heading: ({ code }) => nameOf(code),
    columns: [
      { label: t.what, of: ({ code }) => nameOf(code) },
      { label: t.holder, of: (one) => holders.find(({ value }) => value === holderOf(one))?.label ?? "" },
      { label: t.kind, of: ({ kind }) => w().parts.kinds[kind] },
      { label: t.serial, of: ({ serial }) => serial, isCode: true },
      { label: t.quantity, of: ({ quantity }) => quantity, isNumber: true },
    ],
    blank: () => ({ holder: null, code: null, serial: "", quantity: 1 }),
    formOf: (one) => ({ holder: holderOf(one), code: one.code, serial: one.serial, quantity: one.quantity }),
    fields: (isNew, form) => [
      { name: "holder", label: t.holder, kind: "select", options: holders, required: true, fixed: !isNew },
      { name: "code", label: t.what, kind: "select", options: coded(known), required: true, fixed: !isNew },
      ...(kindOf(form.code) === "serial" || form.serial !== "" ? [{ name: "serial", label: t.serial, kind: "text", required: true, fixed: !isNew } as const] : []),
      { name: "quantity", label: t.quantity, kind: "number", min: 0, max: 1_000_000, required: true },
    ],
    save: async (id, { holder, code, serial, quantity }, version) => {
      const [where, whose = ""] = (holder ?? "").split(":");
      const kind = serial === "" ? (kindOf(code) === "tool" ? "tool" : "part") : "serial";
      const lies = where === "van" ? { technicianId: whose } : { depotId: whose };
      await keep(`stock/${id}`, { ...lies, kind, code, serial, quantity }, version);
    },
    roles: BOTH,
  };
}

interface ElementForm {
  kind: string;
  name: string;
  parentId: string | null;
  place: PlaceForm;
  isSomewhere: boolean;
}

export function network(elements: readonly ElementOut[]): ThingsSpec<ElementOut, ElementForm> {
  const t = w().network;
  const nameOf = (id: string | null) => elements.find((one) => one.networkElementId === id)?.name ?? "";
  return {
    name: "network",
    title: w().sections.network,
    fresh: w().fresh.network,
    isImported: true,
    none: t.none,
    load: () => listed<ElementOut>("network-elements"),
    id: ({ networkElementId }) => networkElementId,
    version: ({ version }) => version,
    heading: ({ name }) => name,
    columns: [
      { label: t.name, of: ({ name }) => name },
      { label: t.kind, of: ({ kind }) => kind, isCode: true },
      { label: t.parent, of: ({ parentId }) => nameOf(parentId) },
    ],
    blank: () => ({ kind: "", name: "", parentId: null, place: noPlace(), isSomewhere: false }),
    formOf: async ({ kind, name, parentId, placeId }) => ({ kind, name, parentId, place: await placeOf(placeId), isSomewhere: placeId !== null }),
    fields: (_isNew, form) => [
      { name: "name", label: t.name, kind: "text", required: true },
      { name: "kind", label: t.kind, kind: "text", required: true },
      { name: "parentId", label: t.parent, kind: "select", options: elements.map((one) => ({ value: one.networkElementId, label: one.name })), empty: t.nothing },
      { name: "isSomewhere", label: w().place.legend, kind: "tick" },
      ...(form.isSomewhere ? [own<ElementForm, "place">("place", w().place.legend, (value, change) => <PlaceField value={value} change={change} />)] : []),
    ],
    save: async (id, { isSomewhere, place, ...said }, version) => {
      const placeId = isSomewhere && hasPlace(place) ? await keepPlace(place) : null;
      await keep(`network-elements/${id}`, { ...said, placeId }, version);
    },
    roles: BOTH,
  };
}

interface SubscriberForm {
  contract: string;
  holderName: string;
  language: string;
  phone: string;
  networkElementId: string | null;
  place: PlaceForm;
}

const SHOWN = 100;

export function subscribers(elements: readonly ElementOut[]): ThingsSpec<SubscriberOut, SubscriberForm> {
  const t = w().subscribers;
  return {
    name: "subscribers",
    title: w().sections.subscribers,
    fresh: w().fresh.subscribers,
    isImported: true,
    none: t.none,
    load: () => listed<SubscriberOut>("subscribers"),
    find: async (text) => (await read<Listed<SubscriberOut>>(inArea("/v1/setup/subscribers", { text, limit: SHOWN }))).items,
    id: ({ subscriberId }) => subscriberId,
    version: ({ version }) => version,
    heading: ({ contract }) => contract,
    note: (shown) => (shown.length === SHOWN ? <p class="aside">{t.more}</p> : null),
    columns: [
      { label: t.contract, of: ({ contract }) => contract, isCode: true },
      { label: t.name, of: ({ holderName }) => holderName },
      { label: t.address, of: ({ address }) => address },
      { label: t.phone, of: ({ phone }) => phone, isCode: true },
    ],
    blank: () => ({ contract: "", holderName: "", language: area.value?.language ?? "en", phone: "", networkElementId: null, place: noPlace() }),
    formOf: async ({ contract, holderName, language, phone, networkElementId, placeId }) => ({ contract, holderName, language, phone, networkElementId, place: await placeOf(placeId) }),
    fields: (isNew, form) => [
      { name: "contract", label: t.contract, kind: "text", required: true, fixed: !isNew },
      { name: "holderName", label: t.name, kind: "text", required: true },
      { name: "language", label: t.language, kind: "select", options: languages(form.language), required: true },
      { name: "phone", label: t.phone, kind: "text", form: "tel", hint: t.phoneHint },
      { name: "networkElementId", label: t.element, kind: "select", options: elements.map((one) => ({ value: one.networkElementId, label: one.name })), empty: w().network.nothing },
      own("place", w().place.legend, (value, change) => <PlaceField value={value} change={change} />),
    ],
    save: async (id, { place, ...said }, version) => {
      await keep(`subscribers/${id}`, { ...said, placeId: await keepPlace(place) }, version);
    },
    roles: ["dispatcher"],
  };
}
