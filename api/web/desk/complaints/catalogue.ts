// The words of this page, in the reader's language.
import { wordsOf } from "../app.ts";
import { en, type Words } from "./words/en.ts";
import { hu } from "./words/hu.ts";
import { ru } from "./words/ru.ts";

export const words = wordsOf<Words>({ en, ru, hu });
