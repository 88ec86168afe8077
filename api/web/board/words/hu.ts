import type { Words } from "./en.ts";

export const hu: Words = {
  app: "line3 diszpécser",
  area: "Körzet",
  navigation: "Oldalak",
  language: "Nyelv",
  signOut: "Kijelentkezés",
  close: "Bezárás",
  undo: "Visszavonás",
  cancel: "Mégse",
  again: "Újra",
  noRole: "Ebben a körzetben itt semmit sem láthat. Forduljon ahhoz, akitől a belépését kapta.",
  look: { title: "Világos vagy sötét", auto: "Mint a rendszer", light: "Világos", dark: "Sötét" },
  pages: { day: "Nap", numbers: "Számok", setup: "Beállítás" },
  signIn: {
    title: "line3 diszpécser",
    login: "Név",
    password: "Jelszó",
    enter: "Belépés",
    working: "Egy pillanat …",
    wrong: "A név vagy a jelszó nem jó, vagy túl sok volt a próbálkozás.",
  },
  trouble: {
    offline: "A szerver nem érhető el. Semmi sem változott; próbálja újra.",
    server: "Hiba történt a szerveren. Semmi sem változott; próbálja újra.",
    kinds: {
      "not-allowed": "Az Ön szerepköre ezt nem engedi.",
      "not-signed-in": "A bejelentkezés lejárt.",
      stale: "Ezt közben valaki megváltoztatta. A mostani állapotot látja.",
    },
  },
};
