// The desk begins here.
import { open } from "../office/shell.tsx";
import { words } from "./app.ts";
import "./desk.css";
import { PAGES } from "./pages.ts";

open(() => words.value.app, PAGES);
