// The phone app begins here: storage first, then the screens.
import { MapPinned, PackageCheck, Route as RouteIcon, User, X } from "lucide-preact";
import { Fragment, render } from "preact";
import { useEffect } from "preact/hooks";
import { broken, events, language, link, lostRecords, meta, ready, sending, shapes, start, stopOf, told, unsent, unsentPhotos, words } from "./app.ts";
import { Enrol } from "./enrol.tsx";
import { listen } from "./live.ts";
import { Locked } from "./locked.tsx";
import "./look.ts";
import { RoundMap } from "./map.tsx";
import { Me } from "./me.tsx";
import { Parts } from "./parts.tsx";
import { Round } from "./round.tsx";
import { route } from "../shared/route.ts";
import "./technician.css";
import { newVersion, takeOver, watchVersions } from "./versions.ts";
import { Consent, handed } from "./visit/consent.tsx";
import { Sheet } from "./visit/sheets.tsx";
import { Gone, Step, Visit } from "./visit/visit.tsx";
import { Waiting } from "./waiting.tsx";

const NAV = [
  { at: "", name: "round", Icon: RouteIcon },
  { at: "map", name: "map", Icon: MapPinned },
  { at: "parts", name: "parts", Icon: PackageCheck },
  { at: "me", name: "me", Icon: User },
] as const;

function Top() {
  const w = words.value.link;
  const count = unsent.value.length + unsentPhotos.value.length;
  const state = link.value === "done" || link.value === "busy" ? "online" : link.value;
  const heard = meta.value?.heardAt;
  return (
    <a class={`link ${state}`} href="#/waiting">
      <span class="dot" aria-hidden="true" />
      <span class="state-text">
        {sending.value && state === "online" ? w.sending : w[state]}
        {state !== "online" && heard ? <span class="aside"> · {w.heard(shapes.value.moment(heard))}</span> : null}
      </span>
      <span class="count" role="status">
        {count === 0 ? w.allSent : w.unsent(count)}
      </span>
    </a>
  );
}

function Told() {
  useEffect(() => {
    if (told.value?.tone !== "good") return;
    const timer = setTimeout(() => (told.value = null), 2_500);
    return () => clearTimeout(timer);
  }, [told.value]);
  // always there: what comes together with its own place is often not read out
  return (
    <div role={told.value?.tone === "bad" ? "alert" : "status"}>
      {told.value !== null && (
        <div class={`told arrives ${told.value.tone}`}>
          <span>{told.value.text}</span>
          {told.value.tone !== "good" && (
            <button type="button" class="icon-button" aria-label={words.value.close_} onClick={() => (told.value = null)}>
              <X aria-hidden="true" />
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Notices() {
  const lost = lostRecords.value;
  const empty = unsent.value.length === 0 && unsentPhotos.value.length === 0;
  if (lost === null && !newVersion.value) return null;
  return (
    <div class="notices">
      {lost !== null && (
        <div class="notice bad" role="alert">
          <b>{words.value.lost.title}</b>
          <p>{words.value.lost.text(lost.from, lost.to)}</p>
          <button type="button" class="button" onClick={() => (lostRecords.value = null)}>
            {words.value.lost.ok}
          </button>
        </div>
      )}
      {newVersion.value && (
        <div class="notice" role="status">
          <b>{words.value.update.text}</b>
          {empty || link.value === "outdated" ? (
            <button type="button" class="button" onClick={takeOver}>
              {words.value.update.now}
            </button>
          ) : (
            <p>{words.value.update.waits}</p>
          )}
        </div>
      )}
    </div>
  );
}

function Nav({ at }: { at: string }) {
  return (
    <nav class="nav">
      {NAV.map(({ at: where, name, Icon }) => (
        <a key={name} href={`#/${where}`} aria-current={at === where ? "page" : undefined}>
          <Icon size={22} aria-hidden="true" />
          {words.value.nav[name]}
        </a>
      ))}
    </nav>
  );
}

function screen(path: string[]) {
  const [first = "", visitId = "", sheet] = path;
  if (meta.value?.locked) return { body: <Locked />, step: null, nav: null };
  if (first === "map") return { body: <RoundMap />, step: null, nav: "map" };
  if (first === "parts") return { body: <Parts />, step: null, nav: "parts" };
  if (first === "me") return { body: <Me />, step: null, nav: "me" };
  if (first === "waiting") return { body: <Waiting back="/" />, step: null, nav: null };
  if (first !== "visit") return { body: <Round />, step: null, nav: "" };
  const stop = stopOf(visitId);
  if (stop === undefined) return { body: <Gone />, step: null, nav: null };
  if (sheet !== undefined) return { body: <Sheet stop={stop} name={sheet} />, step: null, nav: null };
  return { body: <Visit stop={stop} />, step: <Step stop={stop} />, nav: null };
}

function Broken() {
  const w = words.value.storage;
  return (
    <main class="app">
      <div class="content">
        <p class="notice bad" role="alert">
          {w.shut}
        </p>
        <button type="button" class="button primary wide" onClick={() => location.reload()}>
          {w.again}
        </button>
      </div>
    </main>
  );
}

function App() {
  useEffect(() => {
    document.documentElement.lang = language.value;
    document.title = words.value.app;
  }, [language.value]);
  if (broken.value) return <Broken />;
  if (!ready.value) return <div class="app" aria-busy="true" />;
  const path = route.value;
  const code = /^enrol=(.+)$/.exec(path[0] ?? "")?.[1] ?? null;
  const needsSignIn = meta.value === null || (!meta.value.locked && (code !== null || path[0] === "sign-in"));
  if (!needsSignIn && (handed.value !== null || path[2] === "consent")) {
    const stop = stopOf(handed.value ?? path[1] ?? "");
    // handed over to the subscriber: nothing else can be reached from it, wherever the back button leads
    if (stop?.done.quoted != null) return <Consent stop={stop} quoted={stop.done.quoted} />;
  }
  const { body, step, nav } = needsSignIn ? { body: <Enrol code={code} />, step: null, nav: null } : screen(path);
  return (
    <div class="app" data-events={events.value.length}>
      <header class="top">{meta.value !== null && <Top />}</header>
      <main>
        <Notices />
        {!needsSignIn && meta.value?.signedIn === false && !meta.value.locked && (
          <div class="notices">
            <a class="button wide" href="#/sign-in">
              {words.value.link.expired}
            </a>
          </div>
        )}
        <Fragment key={path.join("/")}>{body}</Fragment>
      </main>
      {(step !== null || nav !== null) && (
        <div class="foot">
          {step}
          {nav !== null && <Nav at={nav} />}
        </div>
      )}
      <Told />
    </div>
  );
}

render(<App />, document.getElementById("app") as HTMLElement);
void start().then(listen, console.error);
watchVersions();
