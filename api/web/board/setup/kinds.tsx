// Kinds of job with their checklists. Saving makes a new version: jobs keep the one that they began with.
import { post } from "../../shared/server.ts";
import { inArea, language } from "../app.ts";
import { Checked } from "./checked.tsx";
import { codesIn, own, type FieldSpec } from "./inputs.tsx";
import { Items } from "./items.tsx";
import type { KindOut, PartOut, SkillOut } from "./model.ts";
import { listed } from "./sections.tsx";
import { inWords, spoken, TextsField, type Texts } from "./texts.tsx";
import type { ThingsSpec } from "./things.tsx";
import { w } from "./words.ts";

interface Item {
  code: string;
  text: Texts;
  required: boolean;
}

type LineTest = NonNullable<KindOut["lineTest"]>;

interface KindForm {
  kind: string;
  title: Texts;
  faultClasses: string;
  skills: string[];
  tools: string[];
  parts: Record<string, number>;
  serviceMinutes: number;
  setupMinutes: number;
  priority: number;
  dueHours: number;
  checklist: Item[];
  photos: string;
  lineTest: LineTest | null;
  chargeable: boolean;
  interruptible: boolean;
}

export interface Goods {
  skills: SkillOut[];
  parts: PartOut[];
}

export function kinds({ skills, parts }: Goods): ThingsSpec<KindOut, KindForm> {
  const t = w().kinds;
  const named = (codes: readonly { code: string; name: string }[]) => codes.map(({ code, name }) => ({ value: code, label: name }));
  const fields = (isNew: boolean): FieldSpec<KindForm>[] => [
    { name: "kind", label: t.kind, kind: "text", required: true, fixed: !isNew, hint: isNew ? w().codeHint : undefined },
    own("title", t.title, (value, change) => <TextsField legend={t.title} value={value} change={change} />),
    { name: "faultClasses", label: t.faultClasses, hint: t.faultClassesHint, kind: "text", required: true },
    { name: "skills", label: t.skills, kind: "many", options: named(skills) },
    { name: "tools", label: t.tools, kind: "many", options: named(parts.filter(({ kind }) => kind === "tool")) },
    own("parts", t.parts, (value, change) => <PartCounts parts={parts.filter(({ kind }) => kind !== "tool")} counts={value} change={change} />),
    { name: "serviceMinutes", label: t.service, kind: "number", min: 1, max: 1440, required: true },
    { name: "setupMinutes", label: t.setup, kind: "number", min: 0, max: 1440, required: true },
    { name: "priority", label: t.priority, kind: "number", min: 1, max: 5, required: true },
    { name: "dueHours", label: t.due, kind: "number", min: 1, max: 8760, required: true },
    own("checklist", t.checklist, (value, change) => <Checklist items={value} change={change} />),
    { name: "photos", label: t.photos, hint: t.photosHint, kind: "text" },
    own("lineTest", t.lineTest, (value, change) => <LineTestInputs test={value} change={change} />),
    { name: "chargeable", label: t.chargeable, kind: "tick" },
    { name: "interruptible", label: t.interruptible, kind: "tick" },
  ];
  return {
    name: "kinds",
    title: w().sections.kinds,
    fresh: w().fresh.kinds,
    none: t.none,
    load: async () => {
      const newest = new Map<string, KindOut>();
      for (const one of await listed<KindOut>("job-kinds")) newest.set(one.kind, one);
      return [...newest.values()];
    },
    id: ({ kind }) => kind,
    version: ({ kindVersion }) => kindVersion,
    heading: ({ title, kindVersion }) => `${inWords(title, language.value)}, ${w().version.toLowerCase()} ${kindVersion}`,
    columns: [
      { label: t.title, of: ({ title }) => inWords(title, language.value) },
      { label: t.kind, of: ({ kind }) => kind, isCode: true },
      { label: t.skills, of: (one) => one.skills.map((code) => skills.find((skill) => skill.code === code)?.name ?? code).join(", ") },
      { label: t.service, of: ({ serviceMinutes }) => serviceMinutes, isNumber: true },
      { label: t.urgency, of: ({ priority }) => priority, isNumber: true },
      { label: t.checklist, of: ({ checklist }) => checklist.length, isNumber: true },
      { label: w().version, of: ({ kindVersion }) => kindVersion, isNumber: true },
    ],
    blank: () => ({
      ...{ kind: "", title: {}, faultClasses: "", skills: [], tools: [], parts: {}, serviceMinutes: 45, setupMinutes: 5, priority: 3, dueHours: 24 },
      ...{ checklist: [], photos: "", lineTest: null, chargeable: false, interruptible: false },
    }),
    formOf: ({ kindVersion: _version, validFrom: _validFrom, faultClasses, photos, ...said }) => ({ ...said, faultClasses: faultClasses.join(" "), photos: photos.join(" ") }),
    fields,
    save: async (_id, { faultClasses, photos, title, checklist, parts: counts, ...said }, version) => {
      const items = checklist.map((item) => ({ ...item, text: spoken(item.text) }));
      const needed = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
      const body = { ...said, title: spoken(title), checklist: items, parts: needed, faultClasses: codesIn(faultClasses), photos: codesIn(photos), after: version };
      await post(inArea("/v1/setup/job-kinds"), body);
    },
    roles: ["supervisor"],
    note: () => <p class="aside">{w().follows}</p>,
  };
}

function PartCounts({ parts, counts, change }: { parts: readonly PartOut[]; counts: Record<string, number>; change: (counts: Record<string, number>) => void }) {
  return (
    <fieldset class="counts">
      <legend>{w().kinds.parts}</legend>
      {parts.length === 0 && <p class="hint">{w().noneToChoose}</p>}
      {parts.map(({ code, name }) => (
        <label class="part-count" key={code}>
          <span>{name}</span>
          <Checked type="number" min={0} max={1000} value={counts[code] ?? 0} onInput={(event) => change({ ...counts, [code]: event.currentTarget.valueAsNumber || 0 })} />
        </label>
      ))}
    </fieldset>
  );
}

function Checklist({ items, change }: { items: Item[]; change: (items: Item[]) => void }) {
  const t = w().kinds;
  return (
    <Items
      legend={t.checklist}
      items={items}
      change={change}
      name={({ code }) => code}
      blank={() => ({ code: "", text: {}, required: true })}
      add={t.addItem}
      head={(item, set) => (
        <>
          <label class="field">
            <span>{t.itemCode}</span>
            <Checked required value={item.code} onInput={(event) => set({ code: event.currentTarget.value })} />
          </label>
          <label class="tick">
            <input type="checkbox" checked={item.required} onChange={(event) => set({ required: event.currentTarget.checked })} />
            <span>{t.itemRequired}</span>
          </label>
        </>
      )}
      body={(item, set) => <TextsField legend={t.itemText} value={item.text} change={(text) => set({ text })} />}
    />
  );
}

const NO_TEST: LineTest = { quantity: "ont_rx_dbm", unit: "dBm", minimum: -27, maximum: -8, warnBelow: null, warnAbove: null };

function LineTestInputs({ test, change }: { test: LineTest | null; change: (test: LineTest | null) => void }) {
  const t = w().kinds;
  const limit = (name: "minimum" | "maximum" | "warnBelow" | "warnAbove", of: LineTest, isNeeded: boolean) => (
    <label class="field" key={name}>
      <span>{t[name]}</span>
      <Checked
        type="number"
        step="any"
        required={isNeeded}
        value={of[name] ?? ""}
        onInput={(event) => change({ ...of, [name]: event.currentTarget.value === "" ? (isNeeded ? 0 : null) : event.currentTarget.valueAsNumber })}
      />
    </label>
  );
  return (
    <fieldset class="fields">
      <label class="tick">
        <input type="checkbox" checked={test !== null} onChange={(event) => change(event.currentTarget.checked ? NO_TEST : null)} />
        <span>{t.lineTest}</span>
      </label>
      {test !== null && (
        <>
          <div class="pair">
            {(["quantity", "unit"] as const).map((name) => (
              <label class="field" key={name}>
                <span>{t[name]}</span>
                <Checked required={name === "quantity"} value={test[name]} onInput={(event) => change({ ...test, [name]: event.currentTarget.value })} />
              </label>
            ))}
          </div>
          <div class="pair">
            {limit("minimum", test, true)}
            {limit("maximum", test, true)}
          </div>
          <div class="pair">
            {limit("warnBelow", test, false)}
            {limit("warnAbove", test, false)}
          </div>
        </>
      )}
    </fieldset>
  );
}
