// The area itself: what it is called, and what it decides for itself.
import { Plus } from "lucide-preact";
import { useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { go } from "../../shared/route.ts";
import { put, read } from "../../shared/server.ts";
import { area, holds, told } from "../app.ts";
import type { Schemas } from "../model.ts";
import { LANGUAGES } from "../../shared/words.ts";
import type { FieldSpec } from "./inputs.tsx";
import { Loaded, useLoaded } from "./loading.tsx";
import { ifMatch, type AreaSetup } from "./model.ts";
import { ThingForm } from "./things.tsx";
import { w } from "./words.ts";

type Settings = AreaSetup["settings"];
type Asked = keyof ReturnType<typeof w>["area"]["settings"];
type Weight = keyof ReturnType<typeof w>["weights"]["named"];
type Weighable = Omit<Schemas["WeighableOut"], "name"> & { name: Weight };
/** A field that was emptied holds a text. */
type Weights = Record<Weight, number | "">;
type AreaForm = Pick<AreaSetup, "code" | "name" | "timeZone" | "currency" | "language"> & { [name in Asked]: string | number } & Weights;

/** Name, least, most, step. The phone is a text. */
const NUMBERS: readonly [Exclude<Asked, "dispatcherPhone">, number, number, number][] = [
  ["planDays", 1, 14, 1],
  ["planSeconds", 1, 600, 1],
  ["changeBudget", 0, 100_000, 1],
  ["freezeMinutes", 0, 1440, 1],
  ["slotMinutes", 15, 720, 15],
  ["quoteMinutes", 1, 240, 1],
  ["offers", 1, 20, 1],
  ["tightMinutes", 0, 1440, 1],
  ["silentMinutes", 5, 1440, 1],
  ["farMinutes", 1, 1440, 1],
  ["lateFromHour", 0, 24, 1],
  ["shownFromHour", 0, 24, 1],
  ["hiddenAfterHours", 0, 168, 1],
  ["speedKmh", 1, 130, 0.1],
  ["detour", 1, 5, 0.01],
];
const FRESH: Record<Asked, string | number> = {
  ...{ planDays: 2, planSeconds: 12, changeBudget: 40, freezeMinutes: 30, slotMinutes: 120, quoteMinutes: 15, offers: 6, tightMinutes: 15 },
  ...{ silentMinutes: 45, farMinutes: 30, lateFromHour: 19, shownFromHour: 18, hiddenAfterHours: 24, speedKmh: 24, detour: 1.3, dispatcherPhone: "" },
};

function fields(isNew: boolean, weights: readonly Weighable[]): FieldSpec<AreaForm>[] {
  const t = w().area;
  const { named } = w().weights;
  const stays = isNew ? t.stays : undefined;
  return [
    { name: "name", label: t.name, kind: "text", required: true },
    { name: "code", label: t.code, kind: "text", required: true, fixed: !isNew, hint: stays },
    { name: "timeZone", label: t.timeZone, kind: "text", required: true, fixed: !isNew, hint: stays },
    { name: "currency", label: t.currency, kind: "text", required: true, fixed: !isNew, hint: stays },
    { name: "language", label: t.language, kind: "select", required: true, options: Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })) },
    ...NUMBERS.map(([name, min, max, step]): FieldSpec<AreaForm> => ({ name, label: t.settings[name], kind: "number", min, max, step, required: true })),
    { name: "dispatcherPhone", label: t.settings.dispatcherPhone, kind: "text", type: "tel" },
    { name: "weights", label: w().weights.title, kind: "heading", hint: w().weights.hint },
    ...weights.map(({ name, product, least, most, whole }): FieldSpec<AreaForm> => {
      const { label, unit, meaning } = named[name];
      return { name, label, unit, hint: meaning, kind: "weight", product, min: least, max: most, step: whole ? 1 : "any" };
    }),
  ];
}

export function AreaPage({ isNew }: { isNew: boolean }) {
  const found = useLoaded(() => read<{ items: AreaSetup[]; weights: Weighable[] }>("/v1/setup/areas"), "areas");
  const [opened, setOpened] = useState(false);
  return (
    <div class="thing-list narrow">
      <div class="thing-head">
        <h1 id="thing-title">{isNew ? w().area.add : w().sections.area}</h1>
        {!isNew && holds("supervisor") && (
          <a class="button" href="#/setup/area/new">
            <Plus size={16} aria-hidden="true" />
            {w().area.add}
          </a>
        )}
      </div>
      {opened && (
        <p class="notice good" role="status">
          {w().area.opened}
        </p>
      )}
      <Loaded of={found}>
        {({ items, weights }) => {
          const here = items.find(({ areaId }) => areaId === area.value?.areaId);
          if (here === undefined) return null;
          const { settings, timeZone, currency, language } = here;
          const first: AreaForm = isNew
            ? { code: "", name: "", timeZone, currency, language, ...FRESH, ...weighed({}, weights) }
            : { code: here.code, name: here.name, timeZone, currency, language, ...asked(settings), ...weighed(settings.weights ?? {}, weights) };
          return (
            <ThingForm
              key={`${isNew} ${here.version}`}
              first={first}
              fields={() => fields(isNew, weights)}
              mayEdit={holds("supervisor")}
              save={async (form) => {
                const { code, name, timeZone, currency, language } = form;
                const areaId = isNew ? uuidv7() : here.areaId;
                // what this form does not show stays as it is
                const said = { ...(isNew ? {} : settings), ...asked(form), weights: own(form, weights) };
                const body = { code, name, timeZone, currency, language, settings: said };
                await put(`/v1/setup/areas/${areaId}`, body, ifMatch(isNew ? 0 : here.version));
                told.value = { text: w().saved, tone: "good" };
                setOpened(isNew);
                found.again();
                return isNew ? () => go("/setup/area") : undefined;
              }}
              reload={found.again}
              close={() => (isNew ? go("/setup/area") : found.again())}
            />
          );
        }}
      </Loaded>
    </div>
  );
}

function asked(settings: Settings | AreaForm): Record<Asked, string | number> {
  return Object.fromEntries(Object.keys(FRESH).map((name) => [name, settings[name as Asked]])) as Record<Asked, string | number>;
}

function weighed(said: Partial<Record<Weight, number | null>>, weights: readonly Weighable[]): Weights {
  return Object.fromEntries(weights.map(({ name, product }) => [name, said[name] ?? product])) as Weights;
}

/** What is as the product has it is not the area's own: it follows the product. */
function own(form: Weights, weights: readonly Weighable[]): Partial<Weights> {
  return Object.fromEntries(weights.filter(({ name, product }) => form[name] !== product).map(({ name }) => [name, form[name]])) as Partial<Weights>;
}
