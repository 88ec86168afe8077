// A text in several languages: those of the board, and whatever more somebody there speaks.
import { useState } from "preact/hooks";
import { Plus } from "lucide-preact";
import { LANGUAGES } from "../../shared/words.ts";
import { w } from "./words.ts";

export type Texts = Record<string, string>;

interface TextsFieldProps {
  legend: string;
  value: Texts;
  change: (value: Texts) => void;
  lines?: number;
}

const nameOf = (code: string): string => (code in LANGUAGES ? LANGUAGES[code as keyof typeof LANGUAGES] : code);

export function TextsField({ legend, value, change, lines }: TextsFieldProps) {
  const [code, setCode] = useState("");
  const languages = [...new Set([...Object.keys(LANGUAGES), ...Object.keys(value)])];
  const set = (language: string, text: string) => change({ ...value, [language]: text });
  return (
    <fieldset class="texts">
      <legend>{legend}</legend>
      {languages.map((language) => (
        <label class="field" key={language}>
          <span>{nameOf(language)}</span>
          {lines === undefined ? (
            <input lang={language} value={value[language] ?? ""} onInput={(event) => set(language, event.currentTarget.value)} />
          ) : (
            <textarea lang={language} rows={lines} value={value[language] ?? ""} onInput={(event) => set(language, event.currentTarget.value)} />
          )}
        </label>
      ))}
      <details>
        <summary>{w().texts.add}</summary>
        <div class="abreast">
          <label class="field">
            <span>{w().texts.code}</span>
            <input value={code} maxLength={3} onInput={(event) => setCode(event.currentTarget.value)} />
          </label>
          <button
            type="button"
            class="button small"
            disabled={!/^[a-z]{2,3}$/.test(code)}
            onClick={() => {
              set(code, value[code] ?? "");
              setCode("");
            }}
          >
            <Plus size={16} aria-hidden="true" />
            {w().add}
          </button>
        </div>
      </details>
    </fieldset>
  );
}

/** Without what is empty. */
export const spoken = (texts: Texts): Texts => Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== ""));

/** In the reader's language, else in any. */
export const inWords = (texts: Texts, language: string): string => texts[language] ?? texts["en"] ?? Object.values(texts)[0] ?? "";
