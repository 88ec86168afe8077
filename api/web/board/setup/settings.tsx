// What an area decides for itself, a page for each part of it: whatever a page does not show stays as it is.
import type { ComponentChildren } from "preact";
import { put, read } from "../../shared/server.ts";
import { area, holds, told } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import type { FieldSpec, Form } from "./inputs.tsx";
import { Loaded, useLoaded } from "./loading.tsx";
import { ifMatch, type AreaSetup } from "./model.ts";
import { ThingForm } from "./things.tsx";
import { w } from "./words.ts";

type Settings = AreaSetup["settings"];
type Weighable = Schemas["WeighableOut"];

export interface Known {
  here: AreaSetup;
  weights: readonly Weighable[];
  fairness: readonly Weighable[];
}

interface SettingsProps<F extends Form> {
  title: string;
  hint?: string;
  /** Beside the title. */
  beside?: ComponentChildren;
  first: (known: Known) => F;
  fields: (known: Known, form: F) => FieldSpec<F>[];
  /** What the form says of the area, and of its settings. */
  said: (form: F, known: Known) => { area?: Partial<AreaSetup>; settings: Partial<Record<keyof Settings, unknown>> };
}

export function SettingsPage<F extends Form>({ title, hint, beside, first, fields, said }: SettingsProps<F>) {
  const found = useLoaded(async () => {
    const { items, ...more } = await read<{ items: AreaSetup[]; weights: Weighable[]; fairness: Weighable[] }>("/v1/setup/areas");
    const here = items.find(({ areaId }) => areaId === area.value?.areaId);
    return here === undefined ? null : { here, ...more };
  }, "areas");
  return (
    <div class="thing-list narrow">
      <div class="thing-head">
        <h1 id="thing-title">{title}</h1>
        {beside}
      </div>
      {hint !== undefined && <p class="aside explained">{hint}</p>}
      {!holds("supervisor") && <p class="aside">{w().readOnly}</p>}
      <Loaded of={found}>
        {(known) =>
          known !== null && (
            <ThingForm
              key={known.here.version}
              first={first(known)}
              fields={(form) => fields(known, form)}
              mayEdit={holds("supervisor")}
              save={async (form) => {
                const { code, name, timeZone, currency, language, settings, areaId, version } = known.here;
                const own = said(form, known);
                await put(`/v1/setup/areas/${areaId}`, { code, name, timeZone, currency, language, ...own.area, settings: { ...settings, ...own.settings } }, ifMatch(version));
                told.value = { text: w().saved, tone: "good" };
                found.again();
              }}
              reload={found.again}
              close={found.again}
            />
          )
        }
      </Loaded>
    </div>
  );
}

type Weight = keyof ReturnType<typeof w>["weights"]["named"];
type Burden = keyof ReturnType<typeof w>["fairness"]["named"];
/** A field that was emptied holds a text. */
type Weighed = Record<string, number | "">;

/** As a person would say it: how many of it is one of the server's, which are all seconds at the wheel. */
const SHOWN: Record<Weight, { unit: keyof ReturnType<typeof w>["weights"]["units"]; times: number }> = {
  outagePerMinute: { unit: "seconds", times: 1 },
  latenessPerMinute: { unit: "seconds", times: 1 },
  overtime: { unit: "minutes", times: 1 },
  churnShift: { unit: "minutes", times: 1 / 60 },
  // so many seconds for each second of an hour
  churnSecond: { unit: "minutes", times: 60 },
  // 9 x 9 + 7 x 7 hours are two more than 8 x 8 + 8 x 8
  unfairness: { unit: "seconds", times: 2 },
  shiftUsed: { unit: "minutes", times: 1 / 60 },
  distancePerKm: { unit: "seconds", times: 1 },
  duration: { unit: "minutes", times: 1 },
  travel: { unit: "times", times: 1 },
};
const timesOf = (name: string): number => SHOWN[name as Weight]?.times ?? 1;
const shown = (name: string, value: number): number => Number((value * timesOf(name)).toFixed(2));

function weighed(said: Record<string, number | null | undefined>, known: readonly Weighable[]): Weighed {
  return Object.fromEntries(known.map(({ name, product }) => [name, shown(name, said[name] ?? product)]));
}

/** What is as the product has it is not the area's own: it follows the product. */
function own(form: Weighed, known: readonly Weighable[]): Record<string, number> {
  const changed = known.filter(({ name, product }) => form[name] !== shown(name, product));
  return Object.fromEntries(changed.map(({ name, whole }) => [name, whole ? Math.round(Number(form[name]) / timesOf(name)) : Number(form[name]) / timesOf(name)]));
}

type Named = Record<string, { label: string; meaning: string }>;

function weights(known: readonly Weighable[], named: Named, unitOf: (name: string) => string): FieldSpec<Weighed>[] {
  const order = Object.keys(named);
  return [...known]
    .sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name))
    .map(({ name, product, least, most, whole }) => ({
      ...{ kind: "weight", name, label: named[name]?.label ?? name, hint: named[name]?.meaning, unit: unitOf(name) },
      ...{ product: shown(name, product), min: Math.ceil(shown(name, least)), max: Math.floor(shown(name, most)), step: whole && timesOf(name) === 1 ? 1 : "any" },
    }));
}

const columns = (weighs: string): FieldSpec<Weighed> => ({ kind: "columns", name: "columns", labels: [w().weights.what, weighs, w().weights.usual] });

export function Weights() {
  const t = w().weights;
  return (
    <SettingsPage<Weighed>
      title={w().sections.weights}
      hint={t.hint}
      first={({ here, weights: known }) => weighed(here.settings.weights ?? {}, known)}
      fields={({ weights: known }) => [columns(t.weighs), ...weights(known, t.named, (name) => t.units[SHOWN[name as Weight]?.unit ?? "seconds"])]}
      said={(form, { weights: known }) => ({ settings: { weights: own(form, known) } })}
    />
  );
}

export function Fairness() {
  const t = w().fairness;
  const named: Record<Burden, { label: string; meaning: string }> = t.named;
  return (
    <SettingsPage<Weighed>
      title={w().sections.fairness}
      hint={t.hint}
      first={({ here: { settings }, fairness }) => ({ ...weighed(settings.fairness ?? {}, fairness), farMinutes: settings.farMinutes ?? "", lateFromHour: settings.lateFromHour ?? "" })}
      fields={({ fairness }) => [
        columns(t.weighs),
        ...weights(fairness, named, () => t.unit),
        { name: "farMinutes", label: t.farMinutes, kind: "number", min: 1, max: 1440, required: true },
        { name: "lateFromHour", label: t.lateFromHour, kind: "number", min: 0, max: 24, required: true },
      ]}
      said={({ farMinutes, lateFromHour, ...form }, { fairness }) => ({ settings: { fairness: own(form, fairness), farMinutes: Number(farMinutes), lateFromHour: Number(lateFromHour) } })}
    />
  );
}
