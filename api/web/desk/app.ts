// Who sits at the desk, and what it says.
import { wordsOf } from "../office/app.ts";
import { en, type Words } from "./words/en.ts";
import { hu } from "./words/hu.ts";
import { ru } from "./words/ru.ts";

export * from "../office/app.ts";
export const words = wordsOf<Words>({ en, ru, hu });
