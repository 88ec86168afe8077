// Set-up: what there is to set up on the left, each with the same table and form.
import type { JSX } from "preact";
import { read } from "../../shared/server.ts";
import { area, holds, inArea, shapes, today } from "../app.ts";
import type { PageProps } from "../../office/shell.tsx";
import { AreaPage, NewArea } from "./area.tsx";
import { able, checks, known, Lines, profiles } from "./checks.tsx";
import { Imports } from "./imports.tsx";
import { CreditTables } from "./credits.tsx";
import type { Form } from "./inputs.tsx";
import { kinds } from "./kinds.tsx";
import { Loaded, useLoaded } from "./loading.tsx";
import type { DepotOut, ElementOut, PartOut, SkillOut, TechnicianOut } from "./model.ts";
import { office } from "./office.tsx";
import * as sections from "./sections.tsx";
import { listed } from "./sections.tsx";
import { Fairness, Weights } from "./settings.tsx";
import "./setup.css";
import { Things, type ThingsSpec } from "./things.tsx";
import { Traffic } from "./traffic.tsx";
import { Agreements, Tariffs, Terms } from "./versions.tsx";
import { w } from "./words.ts";

type Section = keyof ReturnType<typeof w>["sections"];

const GROUPS: readonly { name: keyof ReturnType<typeof w>["groups"]; sections: readonly Section[] }[] = [
  { name: "place", sections: ["area", "depots", "network"] },
  { name: "people", sections: ["technicians", "patterns", "holidays", "loans", "skills", "staff"] },
  { name: "plans", sections: ["weights", "traffic", "fairness"] },
  { name: "goods", sections: ["parts", "stock"] },
  { name: "work", sections: ["kinds", "tariffs", "terms", "agreements", "credits"] },
  { name: "support", sections: ["lines", "checks", "profiles"] },
  { name: "waiting", sections: ["subscribers"] },
  { name: "tables", sections: ["imports"] },
];

/** What others may not even look at. */
const SEEN_BY: { readonly [section in Section]?: readonly string[] } = { subscribers: ["dispatcher"], staff: ["supervisor"] };
const EVERYBODY = ["dispatcher", "supervisor"];

const isSeen = (section: Section): boolean => holds(...(SEEN_BY[section] ?? EVERYBODY));

export function Setup({ path: [named, chosen] }: PageProps) {
  const section = GROUPS.flatMap((group) => group.sections).find((one) => one === named && isSeen(one)) ?? "technicians";
  return (
    <div class="setup">
      <nav class="sections" aria-label={w().sectionsLabel}>
        {GROUPS.map((group) => {
          const seen = group.sections.filter(isSeen);
          if (seen.length === 0) return null;
          return (
            <div key={group.name}>
              <h2>{w().groups[group.name]}</h2>
              <ul>
                {seen.map((one) => (
                  <li key={one}>
                    <a href={`#/setup/${one}`} aria-current={one === section ? "page" : undefined}>
                      {w().sections[one]}
                    </a>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
      </nav>
      <Shown key={section} section={section} chosen={chosen === undefined ? undefined : decodeURIComponent(chosen)} />
    </div>
  );
}

function Shown({ section, chosen }: { section: Section; chosen: string | undefined }): JSX.Element {
  const say = (day: string) => shapes.value.day(day);
  const currency = area.value?.currency ?? "EUR";
  switch (section) {
    case "area":
      return chosen === "new" ? <NewArea /> : <AreaPage />;
    case "weights":
      return <Weights />;
    case "traffic":
      return <Traffic />;
    case "fairness":
      return <Fairness />;
    case "imports":
      return <Imports />;
    case "tariffs":
      return <Tariffs currency={currency} />;
    case "terms":
      return <Terms currency={currency} />;
    case "agreements":
      return <Agreements />;
    case "credits":
      return <CreditTables currency={currency} />;
    case "depots":
      return <Things spec={sections.depots()} chosen={chosen} />;
    case "skills":
      return <Things spec={sections.skills()} chosen={chosen} />;
    case "patterns":
      return <Things spec={sections.patterns(today.value)} chosen={chosen} />;
    case "staff":
      return <Things spec={office()} chosen={chosen} />;
    case "holidays":
      return <Things spec={sections.holidays(say, today.value)} chosen={chosen} />;
    case "parts":
      return <Things spec={sections.parts()} chosen={chosen} />;
    case "technicians":
      return <With title={w().sections[section]} ask={async () => ({ skills: await listed<SkillOut>("skills"), depots: await listed<DepotOut>("depots") })} spec={sections.technicians} chosen={chosen} />;
    case "loans":
      return <With title={w().sections[section]} ask={lending} spec={(known) => sections.loans(known, say, today.value)} chosen={chosen} />;
    case "stock":
      return <With title={w().sections[section]} ask={stores} spec={sections.stock} chosen={chosen} />;
    case "kinds":
      return <With title={w().sections[section]} ask={async () => ({ skills: await listed<SkillOut>("skills"), parts: await listed<PartOut>("parts") })} spec={kinds} chosen={chosen} />;
    case "lines":
      return <Lines />;
    case "checks":
      return <With title={w().sections[section]} ask={known} spec={checks} chosen={chosen} />;
    case "profiles":
      return <With title={w().sections[section]} ask={able} spec={profiles} chosen={chosen} />;
    case "network":
      return <With title={w().sections[section]} ask={() => listed<ElementOut>("network-elements")} spec={sections.network} chosen={chosen} />;
    case "subscribers":
      return <With title={w().sections[section]} ask={() => listed<ElementOut>("network-elements")} spec={sections.subscribers} chosen={chosen} />;
  }
}

const people = () => listed<TechnicianOut>("technicians");

async function lending(): Promise<sections.Lending> {
  const { areas } = await read<{ areas: sections.Lending["areas"] }>(inArea("/v1/setup/loans"));
  return { people: await people(), areas };
}

async function stores(): Promise<sections.Stores> {
  return { people: await people(), depots: await listed<DepotOut>("depots"), parts: await listed<PartOut>("parts") };
}

interface WithProps<K, T, F extends Form> {
  title: string;
  ask: () => Promise<K>;
  spec: (known: K) => ThingsSpec<T, F>;
  chosen: string | undefined;
}

/** Things whose forms choose among others. */
function With<K, T, F extends Form>({ title, ask, spec, chosen }: WithProps<K, T, F>) {
  const known = useLoaded(ask, chosen === "new" ? "new" : "");
  if (known.value !== undefined) return <Things spec={spec(known.value)} chosen={chosen} />;
  return (
    <div class="thing-list">
      <div class="thing-head">
        <h1 id="thing-title">{title}</h1>
      </div>
      <Loaded of={known}>{() => null}</Loaded>
    </div>
  );
}
