// What board and desk begin with: who looks, then the page that the address names. Each page comes when it is first looked at.
import { effect } from "@preact/signals";
import { CalendarDays, Headset, LogOut, Undo2, X, type LucideIcon } from "lucide-preact";
import { render, type ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { route } from "../shared/route.ts";
import { LANGUAGES, type Language } from "../shared/words.ts";
import { area, areas, chooseArea, chooseLanguage, holds, isOver, language, look, LOOKS, me, meaning, signOut, start, title, told, undoLast, words } from "./app.ts";
import "./office.css";
import { SetPassword } from "./password.tsx";
import { SignIn, SignInAgain } from "./sign-in.tsx";
import { Leaving, leaving } from "./unsaved.tsx";

export interface PageProps {
  /** `#/setup/depots/…` gives `["depots", "…"]`. */
  path: string[];
}

export interface PageEntry {
  name: string;
  label: () => string;
  Icon: LucideIcon;
  /** Who sees it in the navigation; the server decides. */
  roles: readonly string[];
  /** Another language leaves what one looks at where it is: the page asks anew, by itself, what the server says in words. */
  isFluent?: true;
  /** It is come to from another page, not by the navigation. */
  isApart?: boolean;
  load: () => Promise<ComponentType<PageProps>>;
}

type Pages = readonly PageEntry[];

const loaded = new Map<string, ComponentType<PageProps>>();

function Lazy({ entry, path }: { entry: PageEntry; path: string[] }) {
  const [, arrived] = useState("");
  const [trouble, setTrouble] = useState<string | null>(null);
  const Page = loaded.get(entry.name);
  useEffect(() => {
    // drawn without it, and fetched by the one before this just then
    if (loaded.has(entry.name)) {
      arrived(entry.name);
      return;
    }
    entry.load().then(
      (page) => {
        loaded.set(entry.name, page);
        arrived(entry.name);
      },
      (error: unknown) => setTrouble(meaning(error)),
    );
  }, [entry.name]);
  if (Page !== undefined) return <Page path={path} />;
  return trouble === null ? <div class="skeleton page" aria-busy="true" /> : <p class="notice bad">{trouble}</p>;
}

function Told({ page }: { page: string | undefined }) {
  const said = told.value;
  // what went wrong on one page is nothing to whoever has opened another
  useEffect(
    () => () => {
      if (told.value?.tone === "bad") told.value = null;
    },
    [page],
  );
  useEffect(() => {
    if (said === null || said.tone === "bad") return;
    const timer = setTimeout(() => (told.value = null), said.tone === "good" && said.undo === undefined ? 3_000 : 12_000);
    return () => clearTimeout(timer);
  }, [said]);
  // always there: what comes together with its own place is often not read out
  return (
    <div class="told-place" role={said?.tone === "bad" ? "alert" : "status"}>
      {said !== null && (
        <div class={`told arrives ${said.tone}`}>
          <span>{said.text}</span>
          {said.next !== undefined && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                told.value = null;
                said.next?.act();
              }}
            >
              {said.next.label}
            </button>
          )}
          {said.undo !== undefined && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                undoLast();
              }}
            >
              <Undo2 size={16} aria-hidden="true" />
              {words.value.undo}
            </button>
          )}
          <button type="button" class="icon-button" aria-label={words.value.close} onClick={() => (told.value = null)}>
            <X size={18} aria-hidden="true" />
          </button>
        </div>
      )}
    </div>
  );
}

/** What draws the page anew waits where something on it is not saved; the list says until then what still holds. */
function turn(list: HTMLSelectElement, present: string | undefined, choose: (chosen: string) => void): void {
  const chosen = list.value;
  list.value = present ?? "";
  leaving(() => choose(chosen));
}

function Top({ pages, entry }: { pages: Pages; entry: PageEntry | undefined }) {
  const w = words.value;
  const pagesRow = useRef<HTMLElement>(null);
  // where not all fit beside one another
  useEffect(() => pagesRow.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [entry?.name, language.value]);
  return (
    <header class="top">
      <a class="brand" href="#/">
        line3
      </a>
      {areas.value.length > 1 ? (
        <select aria-label={w.area} value={area.value?.areaId} onChange={(event) => turn(event.currentTarget, area.value?.areaId, chooseArea)}>
          {areas.value.map((one) => (
            <option key={one.areaId} value={one.areaId}>
              {one.name}
            </option>
          ))}
        </select>
      ) : (
        <span class="area">{area.value?.name}</span>
      )}
      <nav class="pages" aria-label={w.navigation} ref={pagesRow}>
        {pages.filter(({ roles, isApart }) => isApart !== true && holds(...roles)).map(({ name, label, Icon }) => (
          <a key={name} href={`#/${name}`} aria-current={entry?.name === name ? "page" : undefined}>
            <Icon size={18} aria-hidden="true" />
            {label()}
          </a>
        ))}
      </nav>
      <select aria-label={w.language} value={language.value} onChange={(event) => (entry?.isFluent === true ? void chooseLanguage(event.currentTarget.value as Language) : turn(event.currentTarget, language.value, (chosen) => void chooseLanguage(chosen as Language)))}>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
      <select aria-label={w.look.title} value={look.value} onChange={(event) => (look.value = event.currentTarget.value as typeof look.value)}>
        {LOOKS.map((one) => (
          <option key={one} value={one}>
            {w.look[one]}
          </option>
        ))}
      </select>
      <Across />
      <span class="who">{me.value?.displayName}</span>
      <button type="button" class="icon-button" aria-label={w.signOut} title={w.signOut} onClick={() => leaving(() => void signOut())}>
        <LogOut size={18} aria-hidden="true" />
      </button>
    </header>
  );
}

/** Which face is whose. A link that sets a password opens the board, whoever it is for. */
const FACES: readonly [face: "board" | "desk", ...roles: string[]][] = [
  ["board", "dispatcher", "supervisor"],
  ["desk", "support", "supervisor"],
];
const FACE_ICONS = { board: CalendarDays, desk: Headset };

/** The other face, for whoever has something to do at both. */
function Across() {
  const theirs = FACES.filter(([face, ...roles]) => !location.pathname.startsWith(`/${face}/`) && holds(...roles));
  return (
    <>
      {theirs.map(([face]) => {
        const Icon = FACE_ICONS[face];
        return (
          <a key={face} class="icon-button" href={`/${face}/`} aria-label={words.value.faces[face]} title={words.value.faces[face]}>
            <Icon size={18} aria-hidden="true" />
          </a>
        );
      })}
    </>
  );
}

function Elsewhere() {
  const w = words.value;
  const theirs = FACES.find(([, ...roles]) => holds(...roles));
  if (theirs === undefined) return <p class="notice warn">{w.noRole}</p>;
  return (
    <div class="empty">
      <b>{w.elsewhere}</b>
      <a class="button primary" href={`/${theirs[0]}/`}>
        {w.faces[theirs[0]]}
      </a>
    </div>
  );
}

function App({ pages }: { pages: Pages }) {
  if (route.value[0] === "password") return <SetPassword code={route.value[1] ?? ""} />;
  if (me.value === undefined) return <div class="app" aria-busy="true" />;
  if (me.value === null) return <SignIn />;
  const [first, ...path] = route.value;
  const entry = pages.find(({ name, roles }) => name === first && holds(...roles)) ?? pages.find(({ roles }) => holds(...roles));
  return (
    <div class="app">
      <Top pages={pages} entry={entry} />
      <main class={`page-${entry?.name ?? "none"}`}>
        {/* another person, area or language: everything of it is asked anew */}
        {entry === undefined ? <Elsewhere /> : <Lazy key={`${me.value.staffId} ${area.value?.areaId} ${entry.isFluent === true ? "" : language.value}`} entry={entry} path={path} />}
      </main>
      <Told page={entry?.name} />
      <Leaving />
      {isOver.value && <SignInAgain />}
    </div>
  );
}

/** Draws a face; the first page that somebody may see is theirs. */
export function open(says: () => string, pages: Pages): void {
  effect(() => {
    title.value = says();
  });
  render(<App pages={pages} />, document.getElementById("app") as HTMLElement);
  void start();
}
