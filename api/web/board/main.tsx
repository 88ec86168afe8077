// The board begins here.
import { open } from "../office/shell.tsx";
import { words } from "./app.ts";
import { PAGES } from "./pages.ts";

open(() => words.value.app, PAGES);
