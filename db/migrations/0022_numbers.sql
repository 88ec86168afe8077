-- Numbers of any period: how often what was out was moved, and indexes by the time at which things happened.

ALTER TABLE visit ADD COLUMN moves integer NOT NULL DEFAULT 0;

CREATE INDEX job_by_restored ON job (area_id, restored_at) WHERE restored_at IS NOT NULL;
CREATE INDEX job_by_subscriber ON job (area_id, subscriber_id, reported_at);
CREATE INDEX appointment_by_end ON appointment (area_id, latest_at);
CREATE INDEX closure_by_time ON closure (area_id, closed_at);
