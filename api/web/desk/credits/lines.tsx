// A credit explained line by line: to who has the subscriber on the phone, and in the list of a period.
export function Lines({ lines }: { lines: readonly { sentence: string }[] }) {
  return (
    <ul class="lines">
      {lines.map((one) => (
        <li key={one.sentence} class="aside">
          {one.sentence}
        </li>
      ))}
    </ul>
  );
}
