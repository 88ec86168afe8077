// What the server was asked for this page: the last answer stays while the next is on its way.
import { useEffect, useState } from "preact/hooks";
import { read } from "../../shared/server.ts";
import { meaning, words } from "../app.ts";

export interface Asked<T> {
  value: T | null;
  trouble: string | null;
  busy: boolean;
  again: () => void;
}

/** `null` asks for nothing. */
export function useAsked<T>(address: string | null): Asked<T> {
  const [found, setFound] = useState<{ address: string | null; value: T | null; trouble: string | null }>({ address: null, value: null, trouble: null });
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (address === null) return;
    let isWanted = true;
    read<T>(address).then(
      (value) => isWanted && setFound({ address, value, trouble: null }),
      (error: unknown) => isWanted && setFound({ address, value: null, trouble: meaning(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [address, tries]);
  const again = () => {
    setFound({ address: null, value: null, trouble: null });
    setTries(tries + 1);
  };
  return { value: address === null ? null : found.value, trouble: found.trouble, busy: address !== null && found.address !== address, again };
}

export function Trouble({ asked, again = asked.again }: { asked: Asked<unknown>; again?: () => void }) {
  if (asked.trouble === null) return null;
  return (
    <div class="notice bad" role="alert">
      <p>{asked.trouble}</p>
      <div>
        <button type="button" class="button small" onClick={again}>
          {words.value.again}
        </button>
      </div>
    </div>
  );
}
