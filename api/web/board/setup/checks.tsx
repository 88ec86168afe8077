// What is asked for a symptom, step by step, and who of support takes what.
import { post, read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { inArea, language } from "../app.ts";
import { Checked } from "./checked.tsx";
import { own, type FieldSpec, type Option } from "./inputs.tsx";
import { Items } from "./items.tsx";
import { keep, type SkillOut } from "./model.ts";
import { LANGUAGE_OPTIONS, listed } from "./sections.tsx";
import { SettingsPage } from "./settings.tsx";
import { inWords, spoken, TextsField, type Texts } from "./texts.tsx";
import type { ThingsSpec } from "./things.tsx";
import { w } from "./words.ts";

type CheckOut = Schemas["SelfCheckOut"];
type PersonOut = Schemas["SupportPersonOut"];
type Step = CheckOut["steps"][number];
type Answer = Step["answers"][number];
type Outcome = Answer["outcome"];
const OUTCOMES: readonly Outcome[] = ["next", "resolved", "hand-over"];

interface CheckForm {
  symptom: string;
  title: Texts;
  skills: string[];
  steps: Step[];
}

export interface Known {
  skills: SkillOut[];
  /** Those that an answer may lead to. */
  symptoms: Option[];
}

const newestOf = (all: readonly CheckOut[]): CheckOut[] => [...new Map(all.map((one) => [one.symptom, one])).values()];

export async function known(): Promise<Known> {
  const [skills, all] = await Promise.all([listed<SkillOut>("skills"), listed<CheckOut>("self-checks")]);
  return { skills, symptoms: newestOf(all).map(({ symptom, title }) => ({ value: symptom, label: inWords(title, language.value) })) };
}

const named = (skills: readonly SkillOut[]): Option[] => skills.map(({ code, name }) => ({ value: code, label: name }));

export function checks({ skills, symptoms }: Known): ThingsSpec<CheckOut, CheckForm> {
  const t = w().checks;
  const fields = (isNew: boolean): FieldSpec<CheckForm>[] => [
    { name: "symptom", label: t.symptom, kind: "text", form: "code", required: true, fixed: !isNew, hint: isNew ? w().codeHint : undefined },
    own("title", t.title, (value, change) => <TextsField legend={t.title} value={value} change={change} />),
    { name: "skills", label: t.skills, kind: "many", options: named(skills) },
    own("steps", t.steps, (value, change) => <Steps steps={value} change={change} symptoms={symptoms} />),
  ];
  return {
    name: "checks",
    title: w().sections.checks,
    fresh: w().fresh.checks,
    none: t.none,
    load: async () => newestOf(await listed<CheckOut>("self-checks")),
    id: ({ symptom }) => symptom,
    version: ({ selfCheckVersion }) => selfCheckVersion,
    heading: ({ title, selfCheckVersion }) => `${inWords(title, language.value)}, ${w().version.toLowerCase()} ${selfCheckVersion}`,
    columns: [
      { label: t.title, of: ({ title }) => inWords(title, language.value) },
      { label: t.symptom, of: ({ symptom }) => symptom, isCode: true },
      { label: t.steps, of: ({ steps }) => steps.length, isNumber: true },
      { label: w().version, of: ({ selfCheckVersion }) => selfCheckVersion, isNumber: true },
    ],
    blank: () => ({ symptom: "", title: {}, skills: [], steps: [blankStep()] }),
    formOf: ({ symptom, title, skills: needed, steps }) => ({ symptom, title, skills: needed, steps }),
    fields,
    save: async (_id, { title, steps, ...said }, version) => {
      const asked = steps.map((one) => ({ ...one, text: spoken(one.text), answers: one.answers.map((answer) => ({ ...answer, text: spoken(answer.text) })) }));
      await post(inArea("/v1/setup/self-checks"), { ...said, title: spoken(title), steps: asked, after: version });
    },
    roles: ["supervisor"],
    note: () => <p class="aside">{w().follows}</p>,
  };
}

const blankAnswer = (): Answer => ({ code: "", text: {}, outcome: "next", symptom: null });
const blankStep = (): Step => ({ code: "", text: {}, answers: [blankAnswer(), blankAnswer()] });

function Steps({ steps, change, symptoms }: { steps: Step[]; change: (steps: Step[]) => void; symptoms: readonly Option[] }) {
  const t = w().checks;
  return (
    <Items
      legend={t.steps}
      items={steps}
      change={change}
      name={({ code }) => code}
      blank={blankStep}
      add={t.addStep}
      head={(step, set) => <Code value={step.code} change={(code) => set({ code })} />}
      body={(step, set) => (
        <>
          <TextsField legend={t.question} lines={2} value={step.text} change={(text) => set({ text })} />
          <Items
            legend={t.answers}
            items={step.answers}
            change={(answers) => set({ answers })}
            name={({ code }) => code}
            blank={blankAnswer}
            add={t.addAnswer}
            head={(answer, put) => <Code value={answer.code} change={(code) => put({ code })} />}
            body={(answer, put) => (
              <>
                <TextsField legend={t.answer} value={answer.text} change={(text) => put({ text })} />
                <div class="pair">
                  <label class="field">
                    <span>{t.outcome}</span>
                    <select value={answer.outcome} onChange={(event) => put({ outcome: event.currentTarget.value as Outcome })}>
                      {OUTCOMES.map((one) => (
                        <option key={one} value={one}>
                          {t.outcomes[one]}
                        </option>
                      ))}
                    </select>
                  </label>
                  <label class="field">
                    <span>{t.turnsOut}</span>
                    <select value={answer.symptom ?? ""} onChange={(event) => put({ symptom: event.currentTarget.value || null })}>
                      <option value="">{t.same}</option>
                      {symptoms.map((one) => (
                        <option key={one.value} value={one.value}>
                          {one.label}
                        </option>
                      ))}
                    </select>
                  </label>
                </div>
              </>
            )}
          />
        </>
      )}
    />
  );
}

function Code({ value, change }: { value: string; change: (code: string) => void }) {
  return (
    <label class="field">
      <span>{w().kinds.itemCode}</span>
      <Checked required value={value} onInput={(event) => change(event.currentTarget.value)} />
    </label>
  );
}

interface ProfileForm {
  lines: string[];
  skills: string[];
  languages: string[];
}

export interface Able {
  skills: SkillOut[];
  lines: number[];
}

export async function able(): Promise<Able> {
  const [skills, desk] = await Promise.all([listed<SkillOut>("skills"), read<{ items: Schemas["AreaSetupOut"][] }>("/v1/setup/areas")]);
  const lines = desk.items.flatMap(({ settings }) => settings.supportLines ?? []).map(({ number }) => number);
  return { skills, lines: [...new Set(lines)].sort() };
}

export function profiles({ skills, lines }: Able): ThingsSpec<PersonOut, ProfileForm> {
  const t = w().profiles;
  const nameOf = (code: string) => skills.find((one) => one.code === code)?.name ?? code;
  return {
    name: "profiles",
    title: w().sections.profiles,
    fresh: "",
    none: t.none,
    canAdd: false,
    load: () => listed<PersonOut>("support-profiles"),
    id: ({ staffId }) => staffId,
    version: ({ version }) => version,
    heading: ({ displayName }) => displayName,
    columns: [
      { label: t.name, of: ({ displayName }) => displayName },
      { label: t.lines, of: (one) => one.lines.join(", ") },
      { label: t.skills, of: (one) => (one.skills.length === 0 ? t.any : one.skills.map(nameOf).join(", ")) },
      { label: t.languages, of: (one) => (one.languages.length === 0 ? t.any : one.languages.join(", ")) },
    ],
    blank: () => ({ lines: [], skills: [], languages: [] }),
    formOf: (one) => ({ lines: one.lines.map(String), skills: one.skills, languages: one.languages }),
    fields: () => [
      { name: "lines", label: t.lines, kind: "many", options: lines.map((one) => ({ value: String(one), label: String(one) })) },
      { name: "skills", label: t.skills, kind: "many", options: named(skills), hint: t.anyHint },
      { name: "languages", label: t.languages, kind: "many", options: LANGUAGE_OPTIONS, hint: t.anyHint },
    ],
    save: async (id, form, version) => {
      await keep(`support-profiles/${id}`, { ...form, lines: form.lines.map(Number) }, version);
    },
    roles: ["supervisor"],
  };
}

interface LineForm {
  number: number;
  limitMinutes: number | null;
  warnMinutes: number;
  waitSeconds: number;
}

/** How many lines an area has, how long one may work and how long somebody may wait there. */
export function Lines() {
  const t = w().lines;
  return (
    <SettingsPage<{ lines: LineForm[] }>
      title={w().sections.lines}
      hint={t.hint}
      first={({ here: { settings } }) => ({ lines: (settings.supportLines ?? []).map(({ number, limitMinutes, warnMinutes, waitSeconds }) => ({ number, limitMinutes: limitMinutes ?? null, warnMinutes, waitSeconds })) })}
      fields={() => [
        own("lines", t.title, (value, change) => (
          <Items
            legend={t.title}
            items={value}
            change={change}
            name={({ number }) => String(number)}
            blank={() => ({ number: Math.max(0, ...value.map(({ number }) => number)) + 1, limitMinutes: null, warnMinutes: 3, waitSeconds: 120 })}
            add={t.add}
            head={(line, set) => (
              <label class="field">
                <span>{t.number}</span>
                <Checked type="number" required min={1} max={9} value={line.number} onInput={(event) => set({ number: event.currentTarget.valueAsNumber || 0 })} />
              </label>
            )}
            body={(line, set) => (
              <div class="triple">
                <label class="field">
                  <span>{t.limit}</span>
                  <Checked type="number" min={1} max={1440} value={line.limitMinutes ?? ""} onInput={(event) => set({ limitMinutes: event.currentTarget.value === "" ? null : event.currentTarget.valueAsNumber })} />
                </label>
                <label class="field">
                  <span>{t.warn}</span>
                  <Checked type="number" required min={0} max={1440} value={line.warnMinutes} onInput={(event) => set({ warnMinutes: event.currentTarget.valueAsNumber || 0 })} />
                </label>
                <label class="field">
                  <span>{t.wait}</span>
                  <Checked type="number" required min={1} max={86_400} value={line.waitSeconds} onInput={(event) => set({ waitSeconds: event.currentTarget.valueAsNumber || 0 })} />
                </label>
              </div>
            )}
          />
        )),
      ]}
      said={({ lines }) => ({ settings: { supportLines: lines } })}
    />
  );
}
