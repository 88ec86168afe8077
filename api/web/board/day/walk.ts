// Lists of buttons, for a keyboard.

/** Up and down among the buttons of a list; Enter is the button's own. */
export function walk(event: KeyboardEvent): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by === 0) return;
  event.preventDefault();
  event.stopPropagation();
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll("button")];
  all[all.indexOf(document.activeElement as HTMLButtonElement) + by]?.focus();
}
