// Tables: chosen, looked at with every bad line named, then all of it or what is good.
import { FileDown, FileUp } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { plural } from "../../shared/words.ts";
import { post, Problem } from "../../shared/server.ts";
import { holds, inArea, language, meaning } from "../app.ts";
import { useDraft } from "../../office/unsaved.tsx";
import type { ImportOut } from "./model.ts";
import { w } from "./words.ts";

type Kind = ImportOut["kind"];

/** Columns that are needed, then those that may be. */
const COLUMNS: Record<Kind, readonly [string, string]> = {
  subscribers: ["contract holder_name language address latitude longitude", "network_element phone fee city street house flat postcode"],
  technicians: ["login display_name language", "skills depot address latitude longitude overtime_minutes active phone"],
  depots: ["name address latitude longitude", "city street house flat postcode"],
  network_elements: ["name kind", "parent address latitude longitude"],
  parts: ["code kind name", ""],
  stock: ["holder kind code quantity", "serial"],
  tariff: ["code amount tax text_en", "text_ru text_hu …"],
};
/** Whose addresses are looked up where no point is said. */
const LOOKED_UP: ReadonlySet<Kind> = new Set<Kind>(["subscribers", "depots"]);
/** Who may set these up one by one, too. */
const ROLES: Record<Kind, readonly string[]> = {
  subscribers: ["dispatcher"],
  technicians: ["supervisor"],
  depots: ["dispatcher", "supervisor"],
  network_elements: ["dispatcher", "supervisor"],
  parts: ["supervisor"],
  stock: ["dispatcher", "supervisor"],
  tariff: ["supervisor"],
};
/** What spreadsheets write where they do not write UTF-8. */
const OLDER: Record<string, string> = { ru: "windows-1251", hu: "windows-1250", en: "windows-1252" };

interface Table {
  name: string;
  text: string;
  /** As what, where it is no UTF-8. */
  read: string | null;
}

async function textOf(file: File): Promise<Table> {
  const bytes = await file.arrayBuffer();
  try {
    return { name: file.name, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), read: null };
  } catch {
    const name = OLDER[language.value] ?? "windows-1252";
    return { name: file.name, text: new TextDecoder(name).decode(bytes), read: name };
  }
}

/** Its first line, to be filled below. The mark at its beginning tells spreadsheets that it is UTF-8. */
function emptyTable(kind: Kind): string {
  const names = COLUMNS[kind].join(" ").split(" ").filter((name) => /^[a-z_]+$/.test(name));
  return `data:text/csv;charset=utf-8,${encodeURIComponent(`\ufeff${names.join(";")}\r\n`)}`;
}

export function Imports() {
  const t = w().imports;
  const among = (Object.keys(COLUMNS) as Kind[]).filter((kind) => holds(...ROLES[kind]));
  const [kind, setKind] = useState<Kind>(among[0] ?? "depots");
  const [table, setTable] = useState<Table | null>(null);
  const [found, setFound] = useState<ImportOut | null>(null);
  const [isDone, setDone] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  // a table that was looked at and not taken in
  useDraft(found !== null && !isDone && changesOf(found) > 0, false);
  // whoever goes elsewhere or brings another table looks up no more of this one
  const turn = useRef(0);
  useEffect(() => () => void turn.current++, []);
  const anew = () => {
    turn.current++;
    setBusy(false);
    setFound(null);
    setDone(false);
    setTrouble(null);
  };
  const ask = async (path: string, more: object, done: boolean) => {
    setBusy(true);
    setTrouble(null);
    const mine = ++turn.current;
    let answer: ImportOut | null = null;
    try {
      // a few addresses at a time, until none is left
      do {
        answer = await post<ImportOut>(inArea(path), { kind, table: table?.text ?? "", language: language.value, ...more });
        if (turn.current !== mine) return;
        setFound(answer);
      } while (answer.toLookUp > 0);
      setDone(done);
    } catch (error) {
      if (turn.current !== mine) return;
      setTrouble(error instanceof Problem && error.kind === "/problems/geocoder-silent" ? t.silent : meaning(error));
    }
    setBusy(false);
  };
  const [needed, others] = COLUMNS[kind];
  return (
    <div class="thing-list narrow">
      <div class="thing-head">
        <h1 id="thing-title">{w().sections.imports}</h1>
      </div>
      <div class="fields">
        <label class="field">
          <span>{t.what}</span>
          <select
            value={kind}
            onChange={(event) => {
              setKind(event.currentTarget.value as Kind);
              anew();
            }}
          >
            {among.map((one) => (
              <option key={one} value={one}>
                {t.kinds[one]}
              </option>
            ))}
          </select>
        </label>
        <div>
          <p>
            {t.columns}: <b>{needed.split(" ").join(", ")}</b>
            {others !== "" && `, ${others.split(" ").join(", ")}`}
          </p>
          <p class="aside">
            {t.columnsHint} {t.keys[kind]} {LOOKED_UP.has(kind) && t.lookedUpHint}
          </p>
          <a class="button plain small" download={`${kind}.csv`} href={emptyTable(kind)}>
            <FileDown size={16} aria-hidden="true" />
            {t.empty}
          </a>
        </div>
        <div class="field">
          <span aria-hidden="true">{t.file}</span>
          <label class="file">
            <input
              type="file"
              class="visually-hidden"
              aria-label={t.file}
              accept=".csv,.tsv,.txt,text/csv"
              // browsers say nothing when the same file is chosen again, though somebody has mended it
              onClick={(event) => {
                event.currentTarget.value = "";
                setTable(null);
                anew();
              }}
              onChange={(event) => {
                const [file] = event.currentTarget.files ?? [];
                anew();
                setTable(null);
                if (file !== undefined) void textOf(file).then(setTable);
              }}
            />
            <span class="button">{t.choose}</span>
            <span class={table === null ? "aside" : ""}>{table?.name ?? t.noFile}</span>
          </label>
        </div>
        {table?.read != null && <p class="notice warn">{t.encoding.replace("{name}", table.read)}</p>}
        <div>
          <button type="button" class="button primary" disabled={table === null || isBusy} onClick={() => void ask("/v1/setup/imports/preview", {}, false)}>
            <FileUp size={16} aria-hidden="true" />
            {isBusy && found === null ? t.previewing : t.preview}
          </button>
        </div>
      </div>
      {trouble !== null && (
        <p class="notice bad" role="alert">
          {trouble}
        </p>
      )}
      {found !== null && <Found found={found} isDone={isDone} isBusy={isBusy} take={(onlyGood) => void ask("/v1/setup/imports", { onlyGood }, true)} />}
    </div>
  );
}

const changesOf = (found: ImportOut): number => found.new + found.changed + found.dropped;

interface FoundProps {
  found: ImportOut;
  isDone: boolean;
  isBusy: boolean;
  take: (onlyGood: boolean) => void;
}

function Found({ found, isDone, isBusy, take }: FoundProps) {
  const t = w().imports;
  const bad = new Set(found.faults.map(({ line }) => line)).size;
  const counts: [number, string][] = [
    [found.lines, t.lines],
    [found.new, t.new],
    [found.changed, t.changed],
    [found.unchanged, t.unchanged],
    [bad, t.bad],
    ...(found.dropped > 0 ? [[found.dropped, t.dropped] as [number, string]] : []),
  ];
  const changes = changesOf(found) > 0;
  const isWhole = found.kind === "tariff";
  return (
    <div class="found" role="status">
      {found.toLookUp > 0 && (
        <label class="field">
          <span>{t.lookingUp.replace("{n}", String(found.lookedUp)).replace("{all}", String(found.lookedUp + found.toLookUp))}</span>
          <progress max={found.lookedUp + found.toLookUp} value={found.lookedUp} />
        </label>
      )}
      <ul class="tallies">
        {counts.map(([count, label]) => (
          <li key={label}>
            <b>{plural(language.value, count, { other: "{n}" })}</b> {label}
          </li>
        ))}
      </ul>
      {isDone && found.written > 0 && <p class="notice good">{t.done.replace("{n}", String(found.written))}</p>}
      {!isDone && !changes && bad === 0 && found.toLookUp === 0 && <p class="notice">{t.nothing}</p>}
      {!isDone && bad > 0 && found.toLookUp === 0 && <p class="notice warn">{isWhole ? t.mendTariff : t.mend}</p>}
      {!isDone && changes && found.toLookUp === 0 && (
        <div class="form-end">
          {bad === 0 && (
            <button type="button" class="button primary" disabled={isBusy} onClick={() => take(false)}>
              {t.all}
            </button>
          )}
          {bad > 0 && !isWhole && (
            <button type="button" class="button" disabled={isBusy} onClick={() => take(true)}>
              {t.good}
            </button>
          )}
        </div>
      )}
      {bad > 0 && (
        <div class="table-scroll" tabIndex={0} role="region" aria-label={t.bad}>
          <table>
            <thead>
              <tr>
                <th scope="col" class="number">
                  {t.line}
                </th>
                <th scope="col">{t.column}</th>
                <th scope="col">{t.value}</th>
                <th scope="col">{t.wrong}</th>
              </tr>
            </thead>
            <tbody>
              {found.faults.map((fault, at) => (
                <tr key={at}>
                  <td class="number">{fault.line}</td>
                  <td>{fault.column}</td>
                  <td>{fault.value}</td>
                  <td>{fault.sentence}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
