-- Why a version of the rounds has each job where it has it, or nowhere; and what a dispatcher asked of it.

CREATE TABLE plan_reason (
    area_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    job_id uuid NOT NULL,
    technician_area_id uuid,
    technician_id uuid,
    on_day date,
    start_at timestamptz,
    cost jsonb NOT NULL,
    own jsonb NOT NULL,
    left_out bigint,
    instead jsonb,
    blocks jsonb NOT NULL,
    hint jsonb,
    explained_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, plan_id, job_id),
    FOREIGN KEY (area_id, plan_id) REFERENCES plan,
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    CONSTRAINT plan_reason_speaks_of_a_whole_place_or_of_none
        CHECK (num_nulls(technician_area_id, technician_id, on_day, start_at) IN (0, 4))
);
CREATE INDEX plan_reason_by_job ON plan_reason (area_id, job_id, explained_at);

CREATE TABLE why_not (
    area_id uuid NOT NULL,
    why_not_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    job_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    earliest_at timestamptz,
    latest_at timestamptz,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    answered_at timestamptz,
    answer jsonb,
    PRIMARY KEY (area_id, why_not_id),
    FOREIGN KEY (area_id, plan_id) REFERENCES plan,
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    CONSTRAINT why_not_window_has_two_ends CHECK ((earliest_at IS NULL) = (latest_at IS NULL)),
    CONSTRAINT why_not_window_ends_after_it_starts CHECK (latest_at > earliest_at),
    CONSTRAINT why_not_answered_has_an_answer CHECK ((answered_at IS NULL) = (answer IS NULL))
);
CREATE INDEX why_not_by_age ON why_not (area_id, asked_at);
