// The names of what the server says of the set-up, and saving it: the version that was read goes along.
import { put } from "../../shared/server.ts";
import { inArea } from "../app.ts";
import type { Schemas } from "../../office/model.ts";

export type WaitingOut = Schemas["WaitingOut"];
export type DepotOut = Schemas["DepotOut"];
export type PlaceIn = Schemas["PlaceIn"];
export type PlaceOut = Schemas["PlaceSetupOut"];
export type TechnicianOut = Schemas["TechnicianSetupOut"];
export type SkillOut = Schemas["SkillOut"];
export type PartOut = Schemas["PartSetupOut"];
export type OfficePersonOut = Schemas["OfficePersonOut"];
export type StockOut = Schemas["StockOut"];
export type PatternOut = Schemas["ShiftPatternOut"];
export type PatternShift = Schemas["PatternShiftOut"];
export type Hours = Schemas["HoursOut"];
export type HolidayOut = Schemas["HolidayOut"];
export type LoanOut = Schemas["LoanOut"];
export type KindOut = Schemas["JobKindOut"];
export type TariffOut = Schemas["TariffOut"];
export type TermsOut = Schemas["TermsOut"];
export type AgreementOut = Schemas["AgreementOut"];
export type ElementOut = Schemas["NetworkElementOut"];
export type SubscriberOut = Schemas["SubscriberSetupOut"];
export type WorkingTimes = Schemas["WorkingTimesOut"];
export type AreaSetup = Schemas["AreaSetupOut"];
export type ImportOut = Schemas["ImportOut"];

export const ifMatch = (version: number): Record<string, string> => ({ "If-Match": `"${version}"` });

export function keep<T>(path: string, body: unknown, version: number): Promise<T> {
  return put<T>(inArea(`/v1/setup/${path}`), body, ifMatch(version));
}
