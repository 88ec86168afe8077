// Reads amounts as JSON lines, writes how a page says each, what stands in its input and what is taken from there: for the test
// that compares them with the server's sentence.
import { createInterface } from "node:readline";
import { amountOf, minorOf } from "../../api/web/shared/money.ts";
import { Shapes } from "../../api/web/shared/words.ts";

const shapes = new Shapes("en", "UTC");
for await (const line of createInterface({ input: process.stdin })) {
  const [minor, currency] = JSON.parse(line) as [number, string];
  const typed = String(amountOf(minor, currency));
  const said = shapes.money(minor, currency).replace(/[^\d.,]/g, "");
  console.log(JSON.stringify({ said, typed, taken: minorOf(Number(typed), currency) }));
}
