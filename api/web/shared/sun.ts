// Whether it is dark outside, near enough for the look of a screen: the sun's height after the usual low-precision formulas.

const DEGREE = Math.PI / 180;

/** Degrees above the horizon. */
export function sunHeight(at: Date, latitude: number, longitude: number): number {
  const days = at.getTime() / 86_400_000 - 10_957.5;
  const anomaly = (357.529 + 0.98560028 * days) * DEGREE;
  const ecliptic = (280.459 + 0.98564736 * days + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * DEGREE;
  const tilt = 23.439 * DEGREE;
  const declination = Math.asin(Math.sin(tilt) * Math.sin(ecliptic));
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(ecliptic), Math.cos(ecliptic));
  const sidereal = (280.46061837 + 360.98564736629 * days + longitude) * DEGREE;
  const hour = sidereal - ascension;
  const height = Math.asin(Math.sin(latitude * DEGREE) * Math.sin(declination) + Math.cos(latitude * DEGREE) * Math.cos(declination) * Math.cos(hour));
  return height / DEGREE;
}

export function isDark(at: Date, latitude: number, longitude: number): boolean {
  return sunHeight(at, latitude, longitude) < -0.8;
}
