-- Slot quotes, emergencies, plans that are not of a run, alerts. `slot_quote` was never written before.

ALTER TABLE job ADD COLUMN earliest_on date;

ALTER TABLE technician_day ADD COLUMN draft_version integer NOT NULL DEFAULT 1;
-- drafts that exist were made for the rounds as they are
UPDATE technician_day SET draft_version = version;

ALTER TABLE slot_quote
    ADD COLUMN nothing jsonb,
    ADD COLUMN excluded uuid[] NOT NULL,
    ADD COLUMN asked_by uuid NOT NULL,
    ADD CONSTRAINT slot_quote_offers_or_says_why_not CHECK ((jsonb_array_length(offers) = 0) = (nothing IS NOT NULL));
CREATE INDEX slot_quote_by_job ON slot_quote (area_id, job_id);

CREATE TABLE proposal (
    area_id uuid NOT NULL,
    proposal_id uuid NOT NULL,
    job_id uuid NOT NULL,
    options jsonb NOT NULL,
    asked_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    accepted_option integer,
    plan_id uuid,
    PRIMARY KEY (area_id, proposal_id),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    CONSTRAINT proposal_accepted_says_which CHECK ((accepted_at IS NULL) = (accepted_option IS NULL))
);
CREATE INDEX proposal_by_job ON proposal (area_id, job_id);

ALTER TABLE plan
    ALTER COLUMN plan_run_id DROP NOT NULL,
    ADD COLUMN origin text NOT NULL DEFAULT 'run' CONSTRAINT plan_origin_is_known
        CHECK (origin IN ('run', 'emergency', 'absence', 'undo')),
    ADD COLUMN undoes_plan_id uuid,
    ADD COLUMN replaced jsonb NOT NULL DEFAULT '[]',
    ADD FOREIGN KEY (area_id, undoes_plan_id) REFERENCES plan,
    ADD CONSTRAINT plan_of_a_run_names_it CHECK ((origin = 'run') = (plan_run_id IS NOT NULL)),
    ADD CONSTRAINT plan_undo_names_what CHECK ((origin = 'undo') = (undoes_plan_id IS NOT NULL));

CREATE TABLE alert (
    area_id uuid NOT NULL REFERENCES area,
    alert_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT alert_kind_is_known CHECK (kind IN (
        'promise_late', 'promise_tight', 'promise_unplaced', 'technician_late', 'technician_silent', 'part_missing', 'help_asked'
    )),
    subject_id uuid NOT NULL,
    job_id uuid,
    technician_id uuid,
    facts jsonb NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (area_id, alert_id),
    FOREIGN KEY (area_id, job_id) REFERENCES job
);
CREATE UNIQUE INDEX alert_is_one_open_per_kind_and_subject ON alert (area_id, kind, subject_id) WHERE closed_at IS NULL;

CREATE INDEX visit_crew_by_technician ON visit_crew (area_id, technician_id);

-- PostgreSQL asks what refers to a draft or a quote whenever one is deleted
CREATE INDEX visit_by_replaced ON visit (area_id, replaces_visit_id) WHERE replaces_visit_id IS NOT NULL;
CREATE INDEX report_by_visit ON report (area_id, visit_id);
CREATE INDEX quote_by_visit ON quote (area_id, visit_id);
CREATE INDEX closure_by_visit ON closure (area_id, visit_id);
CREATE INDEX appointment_by_slot_quote ON appointment (area_id, slot_quote_id) WHERE slot_quote_id IS NOT NULL;
