// The scale bar of a map in the reader's words: Leaflet's own says "km" in every language.
import type * as Leaflet from "leaflet";

interface Inside {
  _mScale: HTMLElement;
  _getRoundNum: (metres: number) => number;
  _updateScale: (bar: HTMLElement, said: string, share: number) => void;
}

export function scaleBar({ control }: typeof Leaflet, say: (metres: number) => string): Leaflet.Control {
  return Object.assign(control.scale({ imperial: false }), {
    _updateMetric(this: Inside, most: number) {
      const metres = this._getRoundNum(most);
      this._updateScale(this._mScale, say(metres), metres / most);
    },
  });
}
