// The area itself: what it is called, and how it works; and another one beside it.
import { Plus } from "lucide-preact";
import { useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { LANGUAGES } from "../../shared/words.ts";
import { go } from "../../shared/route.ts";
import { put } from "../../shared/server.ts";
import { area, chooseArea, holds, language, lookAgain, told } from "../app.ts";
import type { FieldSpec, Option } from "./inputs.tsx";
import { ifMatch, type AreaSetup } from "./model.ts";
import { SettingsPage } from "./settings.tsx";
import { ThingForm } from "./things.tsx";
import { w } from "./words.ts";

type Asked = keyof ReturnType<typeof w>["area"]["settings"];
type Group = keyof ReturnType<typeof w>["area"]["groups"];
type Itself = Pick<AreaSetup, "code" | "name" | "timeZone" | "currency" | "language">;
type AreaForm = Itself & Record<Asked, string | number>;

/** Name, least, most, step. */
const NUMBERS: Record<Group, readonly [Asked, number, number, number][]> = {
  planning: [
    ["planDays", 1, 14, 1],
    ["planSeconds", 1, 600, 1],
    ["changeBudget", 0, 100_000, 1],
    ["freezeMinutes", 0, 1440, 1],
  ],
  offers: [
    ["slotMinutes", 15, 720, 15],
    ["quoteMinutes", 1, 240, 1],
    ["offers", 1, 20, 1],
  ],
  warnings: [
    ["tightMinutes", 0, 1440, 1],
    ["silentMinutes", 5, 1440, 1],
  ],
  afterwards: [
    ["callbackHours", 0, 720, 1],
    ["callbackAgainMinutes", 5, 10_080, 5],
    ["callbackTries", 1, 20, 1],
    ["complaintDays", 1, 365, 1],
  ],
  phones: [
    ["shownFromHour", 0, 24, 1],
    ["hiddenAfterHours", 0, 168, 1],
  ],
};

/** Empty: nobody is called. */
const MAYBE = "callbackHours";

function itself<F extends Itself>(isNew: boolean): FieldSpec<F>[] {
  const t = w().area;
  const stays = isNew ? t.stays : undefined;
  const fields: FieldSpec<Itself>[] = [
    { name: "name", label: t.name, kind: "text", required: true },
    { name: "code", label: t.code, kind: "text", form: "code", required: true, fixed: !isNew, hint: isNew ? w().codeHint : undefined },
    isNew ? { name: "timeZone", label: t.timeZone, kind: "select", required: true, options: zones(), hint: stays } : { name: "timeZone", label: t.timeZone, kind: "text", fixed: true },
    isNew ? { name: "currency", label: t.currency, kind: "select", required: true, options: currencies(), hint: stays } : { name: "currency", label: t.currency, kind: "text", fixed: true },
    { name: "language", label: t.language, kind: "select", required: true, options: Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })) },
  ];
  return fields as unknown as FieldSpec<F>[];
}

const zones = (): Option[] => Intl.supportedValuesOf("timeZone").map((value) => ({ value, label: value.replaceAll("_", " ") }));

function currencies(): Option[] {
  const names = new Intl.DisplayNames([language.value], { type: "currency" });
  return Intl.supportedValuesOf("currency").map((value) => ({ value, label: `${value} – ${names.of(value) ?? ""}` }));
}

export function AreaPage() {
  const t = w().area;
  const fields = (): FieldSpec<AreaForm>[] => [
    ...itself<AreaForm>(false),
    ...(Object.keys(NUMBERS) as Group[]).flatMap((group): FieldSpec<AreaForm>[] => [
      { name: group, label: t.groups[group].label, kind: "heading" },
      ...NUMBERS[group].map(([name, min, max, step]): FieldSpec<AreaForm> => ({ name, label: t.settings[name], kind: "number", min, max, step, required: name !== MAYBE })),
    ]),
    { name: "creditsLeaveBy", label: t.settings.creditsLeaveBy, kind: "select", required: true, options: Object.entries(t.creditWays).map(([value, label]) => ({ value, label })) },
    { name: "dispatcherPhone", label: t.settings.dispatcherPhone, kind: "text", form: "tel" },
    { name: "supportPhone", label: t.settings.supportPhone, kind: "text", form: "tel" },
  ];
  return (
    <SettingsPage<AreaForm>
      title={w().sections.area}
      beside={
        holds("supervisor") && (
          <a class="button" href="#/setup/area/new">
            <Plus size={16} aria-hidden="true" />
            {t.add}
          </a>
        )
      }
      first={({ here: { code, name, timeZone, currency, language, settings } }) => ({ code, name, timeZone, currency, language, ...asked(settings) })}
      fields={fields}
      said={({ name, language, ...form }) => ({ area: { name, language }, settings: { ...asked(form), [MAYBE]: form[MAYBE] === "" ? null : form[MAYBE] } })}
    />
  );
}

export function NewArea() {
  const t = w().area;
  const [areaId] = useState(uuidv7);
  const { timeZone = "UTC", currency = "EUR" } = area.value ?? {};
  return (
    <div class="thing-list narrow">
      <div class="thing-head">
        <h1 id="thing-title">{t.add}</h1>
      </div>
      <p class="aside explained">{t.begins}</p>
      <ThingForm<Itself>
        first={{ code: "", name: "", timeZone, currency, language: language.value }}
        fields={() => itself(true)}
        mayEdit={holds("supervisor")}
        save={async (form) => {
          await put(`/v1/setup/areas/${areaId}`, { ...form, settings: {} }, ifMatch(0));
          return () => {
            void lookAgain().then(() => {
              chooseArea(areaId);
              told.value = { text: t.opened, tone: "news" };
              go("/setup/depots");
            });
          };
        }}
        reload={() => undefined}
        close={() => go("/setup/area")}
      />
    </div>
  );
}

function asked(settings: Partial<Record<Asked, string | number | null>>): Record<Asked, string | number> {
  return Object.fromEntries(Object.keys(w().area.settings).map((name) => [name, settings[name as Asked] ?? ""])) as Record<Asked, string | number>;
}
