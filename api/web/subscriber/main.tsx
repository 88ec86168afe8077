// The subscriber's page begins here.
import { render } from "preact";
import { keepLooking } from "./app.ts";
import { Page } from "./page.tsx";
import "./subscriber.css";

const root = document.querySelector("#app");
if (root !== null) render(<Page />, root);
keepLooking();
