-- Phones enrol by a link and prove themselves by a key; what is missing of their count is known; photos have bytes.

ALTER TABLE session ADD COLUMN device_id uuid;
CREATE INDEX session_by_device ON session (device_id) WHERE device_id IS NOT NULL;

ALTER TABLE device ADD COLUMN revoked_reason text NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN storage_lost_at timestamptz;

-- counted from here on: what phones had not sent before is not known
CREATE TABLE device_gap (
    area_id uuid NOT NULL,
    device_id uuid NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, device_id, first_seq),
    FOREIGN KEY (area_id, device_id) REFERENCES device,
    CONSTRAINT device_gap_is_not_empty CHECK (first_seq > 0 AND last_seq >= first_seq)
);

CREATE TABLE enrolment (
    area_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    enrolment_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    made_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    device_id uuid,
    PRIMARY KEY (area_id, code_hash),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician,
    CONSTRAINT enrolment_is_used_by_a_device CHECK ((used_at IS NULL) = (device_id IS NULL))
);

-- the bytes come by themselves, before or after the report that names them
ALTER TABLE photo DROP COLUMN stored_at;

CREATE TABLE photo_upload (
    area_id uuid NOT NULL,
    photo_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    content_hash bytea NOT NULL CONSTRAINT photo_upload_hash_is_sha256 CHECK (length(content_hash) = 32),
    byte_count bigint NOT NULL CONSTRAINT photo_upload_is_not_empty CHECK (byte_count > 0),
    created_at timestamptz NOT NULL,
    stored_at timestamptz,
    refused_at timestamptz,
    media_type text NOT NULL DEFAULT '',
    PRIMARY KEY (area_id, photo_id),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician,
    CONSTRAINT photo_upload_ends_one_way CHECK (stored_at IS NULL OR refused_at IS NULL)
);
CREATE INDEX photo_upload_open ON photo_upload (area_id, technician_id) WHERE stored_at IS NULL AND refused_at IS NULL;
