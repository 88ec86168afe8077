-- After a visit is closed the subscriber is asked whether it is mended.

CREATE TABLE callback (
    area_id uuid NOT NULL,
    callback_id uuid NOT NULL,
    job_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    subscriber_id uuid NOT NULL,
    -- how often the job had been reopened when it was closed
    closing integer NOT NULL,
    state text NOT NULL CONSTRAINT callback_state_is_known
        CHECK (state IN ('due', 'taken', 'fixed', 'not_fixed', 'declined', 'given_up')),
    due_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    tries integer NOT NULL CONSTRAINT callback_tries_are_not_negative CHECK (tries >= 0),
    staff_id uuid,
    taken_at timestamptz,
    ended_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, callback_id),
    CONSTRAINT callback_is_one_per_closing UNIQUE (area_id, job_id, closing),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber,
    CONSTRAINT callback_taken_has_somebody CHECK (state <> 'taken' OR (staff_id IS NOT NULL AND taken_at IS NOT NULL)),
    CONSTRAINT callback_ended_has_its_instant CHECK ((state IN ('due', 'taken')) = (ended_at IS NULL))
);
CREATE INDEX callback_open ON callback (area_id, due_at) WHERE state IN ('due', 'taken');
