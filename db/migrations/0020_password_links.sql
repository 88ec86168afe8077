-- The first password of somebody in the office, and the next: a link that is good once.

CREATE TABLE password_link (
    area_id uuid NOT NULL REFERENCES area,
    code_hash bytea NOT NULL,
    password_link_id uuid NOT NULL,
    staff_id uuid NOT NULL REFERENCES staff,
    made_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (area_id, code_hash)
);
CREATE INDEX password_link_by_staff ON password_link (staff_id);
