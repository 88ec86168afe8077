// Who works in the office: roles of the area, and the link by which somebody sets a password.
import { Copy, KeyRound } from "lucide-preact";
import { useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { post } from "../../shared/server.ts";
import { attempt, inArea, language, me, shapes, told } from "../app.ts";
import type { Schemas } from "../model.ts";
import { keep, type OfficePersonOut } from "./model.ts";
import { languages, listed } from "./sections.tsx";
import type { ThingsSpec } from "./things.tsx";
import { w } from "./words.ts";

type Role = keyof ReturnType<typeof w>["office"]["roleNames"];
type PersonForm = Pick<OfficePersonOut, "login" | "displayName" | "language" | "active"> & { roles: string[] };

export function office(): ThingsSpec<OfficePersonOut, PersonForm> {
  const t = w().office;
  const isSelf = (login: string) => login === self;
  let self: string | undefined;
  let beyond = new Set<string>();
  const names = Object.entries(t.roleNames).map(([value, label]) => ({ value, label }));
  return {
    name: "staff",
    title: w().sections.staff,
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
      { label: t.login, of: ({ login }) => login },
      { label: t.roles, of: ({ roles }) => roles.map((role) => t.roleNames[role as Role] ?? role).join(", ") },
      { label: t.active, of: ({ active }) => (active ? w().yes : t.left) },
    ],
    blank: () => ({ login: "", displayName: "", language: language.value, roles: ["dispatcher"], active: true }),
    formOf: ({ login, displayName, language, roles, active }) => ({ login, displayName, language, roles, active }),
    fields: (isNew, form) => {
      const fixed = !isNew && beyond.has(form.login);
      return [
        { name: "displayName", label: t.name, kind: "text", required: true, fixed, hint: fixed ? t.beyond : undefined },
        { name: "login", label: t.login, kind: "text", required: true, fixed: !isNew, hint: isNew ? t.loginHint : undefined },
        { name: "language", label: t.language, kind: "select", options: languages(form.language), required: true, fixed },
        { name: "roles", label: t.roles, kind: "many", options: names, hint: isSelf(form.login) ? t.own : undefined },
        ...(isNew ? [] : [{ name: "active", label: t.active, kind: "tick", fixed: isSelf(form.login), hint: t.activeHint } as const]),
      ];
    },
    save: async (id, form, version) => void (await keep(`staff/${id ?? uuidv7()}`, form, version)),
    roles: ["supervisor"],
    below: (person) => <PasswordLink person={person} />,
  };
}

function PasswordLink({ person }: { person: OfficePersonOut }) {
  const t = w().office;
  const [made, setMade] = useState<Schemas["PasswordLinkOut"] | null>(null);
  if (!person.active || person.beyond) return null;
  const make = () => attempt(async () => setMade(await post<Schemas["PasswordLinkOut"]>(inArea(`/v1/setup/staff/${person.staffId}/password-links`))));
  const copy = async (url: string) => {
    await navigator.clipboard.writeText(url);
    told.value = { text: t.copied, tone: "good" };
  };
  return (
    <section class="fields password-link" aria-label={t.password}>
      <h3>{t.password}</h3>
      <p class="aside">{person.hasPassword ? t.hasPassword : t.noPassword}</p>
      <button type="button" class="button" onClick={() => void make()}>
        <KeyRound size={16} aria-hidden="true" />
        {t.makeLink}
      </button>
      {made !== null && (
        <div class="field" role="status">
          <label for="password-link">{t.link}</label>
          <div class="abreast">
            <input id="password-link" readOnly value={made.url} onFocus={(event) => event.currentTarget.select()} />
            {/* where a page is not served safely, browsers have no clipboard for it */}
            {isSecureContext && (
              <button type="button" class="button" onClick={() => void copy(made.url)}>
                <Copy size={16} aria-hidden="true" />
                {t.copy}
              </button>
            )}
          </div>
          <p class="hint">{t.linkHint.replace("{until}", shapes.value.dated(made.expiresAt))}</p>
        </div>
      )}
    </section>
  );
}
