// What the board shows of a day, as the server says it.
import type { Schemas } from "../../office/model.ts";

export type BoardDay = Schemas["BoardDay"];
export type BoardTechnician = BoardDay["technicians"][number];
export type BoardStop = BoardTechnician["stops"][number];
export type WaitingJob = BoardDay["waiting"][number];
export type Attention = BoardDay["attention"][number];
export type Trials = Schemas["TrialOut"];
/** A place for a job: what it costs more than where it stands, in seconds of travel, and which hard rules it breaks. */
export type Trial = Trials["rows"][number];
export type BreakCode = Trial["breaks"][number]["code"];
/** An entry of the journal that came between, in a refusal. */
export interface ChangeBy {
  n: number;
  actor: string;
  action: string;
  at: string;
}
export type Run = Schemas["PlanRunOut"];

/** What is looked at, in all panels: a job with or without a place, or a technician's whole day. */
export interface Selection {
  jobId: string | null;
  technicianId: string | null;
}
