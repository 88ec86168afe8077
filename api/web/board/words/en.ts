// English, and the shape of every catalogue: the compiler finds what another language lacks.
export const en = {
  app: "line3 board",
  area: "Area",
  navigation: "Pages",
  language: "Language",
  signOut: "Sign out",
  close: "Close",
  undo: "Undo",
  cancel: "Cancel",
  again: "Try again",
  noRole: "You may not see anything of this area here. Ask whoever gave you this sign-in.",
  look: { title: "Light or dark", auto: "As the system", light: "Light", dark: "Dark" },
  pages: { day: "Day", numbers: "Numbers", setup: "Set-up" },
  signIn: {
    title: "line3 board",
    login: "Name",
    password: "Password",
    enter: "Sign in",
    working: "One moment …",
    wrong: "Name or password are not right, or there were too many tries.",
  },
  trouble: {
    offline: "The server cannot be reached. Nothing was changed; try again.",
    server: "Something went wrong on the server. Nothing was changed; try again.",
    kinds: {
      "not-allowed": "Your role does not do this.",
      "not-signed-in": "Your sign-in has ended.",
      stale: "Somebody changed this meanwhile. You see it as it is now.",
    } as Record<string, string>,
  },
};

export type Words = typeof en;
