-- Events read in from a file that a phone exported: who vouches for them, where the phone cannot speak for itself any more.
-- And where a phone is told that its round has changed while its app is closed.

ALTER TABLE inbox ADD COLUMN vouched_by uuid;

CREATE TABLE push_subscription (
    area_id uuid NOT NULL,
    device_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    endpoint text NOT NULL CONSTRAINT push_subscription_endpoint_is_https CHECK (endpoint LIKE 'https://%'),
    key bytea NOT NULL CONSTRAINT push_subscription_key_is_a_point CHECK (length(key) = 65),
    auth bytea NOT NULL CONSTRAINT push_subscription_auth_is_128_bit CHECK (length(auth) = 16),
    subscribed_at timestamptz NOT NULL,
    heard_n bigint NOT NULL,
    told_n bigint NOT NULL,
    PRIMARY KEY (area_id, device_id),
    FOREIGN KEY (area_id, device_id) REFERENCES device
);
CREATE INDEX push_subscription_by_technician ON push_subscription (area_id, technician_id);
