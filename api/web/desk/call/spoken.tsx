// What is read to the subscriber, in their language, whatever language the desk is in.
import type { Schemas } from "../../office/model.ts";
import { languageOf, Shapes, type Language } from "../../shared/words.ts";
import { area, language as readers } from "../app.ts";

type Action = Schemas["RemoteAction"];

interface Spoken {
  mayI: (action: Action) => string;
  comes: (from: string, to: string) => string;
}

const MAY: Record<Language, Record<Action, string>> = {
  en: {
    restart_port: "I am restarting your line. Do you agree?",
    configure_port: "I am setting your line up anew. Do you agree?",
    restart_terminal: "I am restarting your box. Do you agree?",
    reinstall_router: "I would load your router's software anew. It restarts, and your own settings may be lost. Do you agree?",
    wifi_on: "I would switch your Wi-Fi on. Do you agree?",
    wifi_off: "I would switch your Wi-Fi off. Do you agree?",
    wifi_name: "I would change the name of your Wi-Fi. Every device has to be connected again. Do you agree?",
    wifi_password: "I would change the password of your Wi-Fi. Every device has to be connected again. Do you agree?",
  },
  ru: {
    restart_port: "Я перезапущу вашу линию. Вы согласны?",
    configure_port: "Я настрою вашу линию заново. Вы согласны?",
    restart_terminal: "Я перезапущу ваш терминал. Вы согласны?",
    reinstall_router: "Я бы заново установил программу вашего роутера. Он перезапустится, и ваши настройки могут пропасть. Вы согласны?",
    wifi_on: "Я бы включил ваш Wi-Fi. Вы согласны?",
    wifi_off: "Я бы выключил ваш Wi-Fi. Вы согласны?",
    wifi_name: "Я бы сменил имя вашего Wi-Fi. Все устройства придётся подключить заново. Вы согласны?",
    wifi_password: "Я бы сменил пароль вашего Wi-Fi. Все устройства придётся подключить заново. Вы согласны?",
  },
  hu: {
    restart_port: "Újraindítom a vonalát. Hozzájárul?",
    configure_port: "Újra beállítom a vonalát. Hozzájárul?",
    restart_terminal: "Újraindítom a készülékét. Hozzájárul?",
    reinstall_router: "Újratelepíteném a routere szoftverét. Újraindul, és a saját beállításai elveszhetnek. Hozzájárul?",
    wifi_on: "Bekapcsolnám a Wi-Fijét. Hozzájárul?",
    wifi_off: "Kikapcsolnám a Wi-Fijét. Hozzájárul?",
    wifi_name: "Megváltoztatnám a Wi-Fije nevét. Minden eszközt újra kell csatlakoztatni. Hozzájárul?",
    wifi_password: "Megváltoztatnám a Wi-Fije jelszavát. Minden eszközt újra kell csatlakoztatni. Hozzájárul?",
  },
};

const COMES: Record<Language, (day: string, from: string, to: string) => string> = {
  en: (day, from, to) => `Our technician comes on ${day}, between ${from} and ${to}. Does that suit you?`,
  ru: (day, from, to) => `Наш мастер придёт: ${day}, с ${from} до ${to}. Вам удобно?`,
  hu: (day, from, to) => `A szerelőnk ekkor érkezik: ${day}, ${from} és ${to} között. Megfelel?`,
};

function spoken(code: string): Spoken {
  const language = languageOf(code);
  const shapes = new Shapes(language, area.value?.timeZone ?? "UTC");
  return {
    mayI: (action) => MAY[language][action],
    comes: (from, to) => COMES[language](shapes.day(shapes.dayOf(new Date(from))), shapes.time(from), shapes.time(to)),
  };
}

/** It is read out as it stands large; whoever reads another language sees beside it what they say. */
export function Aloud({ of, say }: { of: string; say: (said: Spoken) => string }) {
  const [theirs, own] = [say(spoken(of)), say(spoken(readers.value))];
  return (
    <div class="stack">
      <p class="aloud" lang={languageOf(of)}>
        {theirs}
      </p>
      {own !== theirs && <p class="aside">{own}</p>}
    </div>
  );
}

const MENDED: Record<Language, string> = {
  en: "Good day. Our technician was with you. Does everything work as it should now?",
  ru: "Здравствуйте. У вас был наш мастер. Теперь всё работает как надо?",
  hu: "Jó napot kívánok. Önnél járt a szerelőnk. Minden rendben működik most?",
};

/** Asked after a visit. */
export const isItMended = (code: string): string => MENDED[languageOf(code)];
