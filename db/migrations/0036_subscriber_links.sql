-- The subscriber's own link to a visit, and what the subscriber says of how to get in.
CREATE TABLE subscriber_link (
    area_id uuid NOT NULL,
    subscriber_link_id uuid NOT NULL,
    job_id uuid NOT NULL,
    -- how often the job had been reopened when it was made
    reopened integer NOT NULL,
    token_hash bytea NOT NULL CONSTRAINT subscriber_link_hash_is_sha256 CHECK (length(token_hash) = 32),
    made_at timestamptz NOT NULL,
    made_by uuid NOT NULL,
    revoked_at timestamptz,
    wrong_digits integer NOT NULL DEFAULT 0 CONSTRAINT subscriber_link_wrong_digits_are_not_negative CHECK (wrong_digits >= 0),
    confirmed_at timestamptz,
    appointment_id uuid,
    PRIMARY KEY (area_id, subscriber_link_id),
    CONSTRAINT subscriber_link_token_is_unique UNIQUE (area_id, token_hash),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, appointment_id) REFERENCES appointment,
    CONSTRAINT subscriber_link_confirms_an_appointment CHECK ((confirmed_at IS NULL) = (appointment_id IS NULL))
);
CREATE UNIQUE INDEX subscriber_link_is_one_live_per_job ON subscriber_link (area_id, job_id) WHERE revoked_at IS NULL;

ALTER TABLE job ADD COLUMN access_note text NOT NULL DEFAULT '';

ALTER TABLE journal DROP CONSTRAINT journal_actor_is_known;
ALTER TABLE journal ADD CONSTRAINT journal_actor_is_known
    CHECK (actor_kind IN ('staff', 'technician', 'integration', 'worker', 'set_up', 'subscriber'));
