// Who works in the office: roles of the area, and the link by which somebody sets a password.
import { area, language, me } from "../app.ts";
import { PasswordLink } from "./links.tsx";
import { keep, type OfficePersonOut } from "./model.ts";
import { languages, listed } from "./sections.tsx";
import type { ThingsSpec } from "./things.tsx";
import { w } from "./words.ts";

type Role = keyof ReturnType<typeof w>["office"]["roleNames"];
type PersonForm = Pick<OfficePersonOut, "login" | "displayName" | "language" | "active"> & { roles: string[] };

/** By sign-in name, as loaded last: the page is described anew whenever another row is chosen. */
let self: string | undefined;
let beyond = new Set<string>();

export function office(): ThingsSpec<OfficePersonOut, PersonForm> {
  const t = w().office;
  const isSelf = (login: string) => login === self;
  const names = Object.entries(t.roleNames).map(([value, label]) => ({ value, label }));
  return {
    name: "staff",
    title: w().sections.staff,
    fresh: w().fresh.staff,
    none: t.none,
    load: async () => {
      const people = await listed<OfficePersonOut>("staff");
      self = people.find(({ staffId }) => staffId === me.value?.staffId)?.login;
      beyond = new Set(people.filter((one) => one.beyond).map(({ login }) => login));
      return people;
    },
    id: ({ staffId }) => staffId,
    version: ({ version }) => version,
    heading: ({ displayName }) => displayName,
    columns: [
      { label: t.name, of: ({ displayName }) => displayName },
      { label: t.login, of: ({ login }) => login, isCode: true },
      { label: t.roles, of: ({ roles }) => roles.map((role) => t.roleNames[role as Role] ?? role).join(", ") },
      { label: t.active, of: ({ active }) => (active ? w().yes : t.left) },
    ],
    blank: () => ({ login: "", displayName: "", language: area.value?.language ?? language.value, roles: ["dispatcher"], active: true }),
    formOf: ({ login, displayName, language, roles, active }) => ({ login, displayName, language, roles, active }),
    fields: (isNew, form) => {
      const fixed = !isNew && beyond.has(form.login);
      return [
        { name: "displayName", label: t.name, kind: "text", required: true, fixed, hint: fixed ? t.beyond : undefined },
        { name: "login", label: t.login, kind: "text", form: "login", required: true, fixed: !isNew, hint: isNew ? t.loginHint : undefined },
        { name: "language", label: t.language, kind: "select", options: languages(form.language), required: true, fixed },
        { name: "roles", label: t.roles, kind: "many", options: names, hint: isSelf(form.login) ? t.own : undefined },
        ...(isNew ? [] : [{ name: "active", label: t.active, kind: "tick", fixed: isSelf(form.login), hint: t.activeHint } as const]),
      ];
    },
    // whoever signs in by this name in another area is that person here, too
    save: async (id, form, version) => (await keep<OfficePersonOut>(`staff/${id}`, form, version)).staffId,
    roles: ["supervisor"],
    stays: true,
    above: (person, isFresh) => (isFresh ? <PasswordLink person={person} atOnce /> : null),
    below: (person, isFresh) => (isFresh ? null : <PasswordLink person={person} atOnce={false} />),
  };
}
