// The board begins here.
import { open } from "../office/shell.tsx";
import { words } from "./app.ts";
import "./board.css";
import { PAGES } from "./pages.ts";

open(() => words.value.app, PAGES);
