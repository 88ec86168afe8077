// The words of the set-up, in the reader's language.
import { wordsOf } from "../app.ts";
import { en, type Words } from "./words/en.ts";
import { hu } from "./words/hu.ts";
import { ru } from "./words/ru.ts";

const words = wordsOf<Words>({ en, ru, hu });

export function w(): Words {
  return words.value;
}
