-- Photos are counted by the day, the visits of a day are found whoever goes, and a charge that was taken back and is owed
-- after all is made again: a chain, of which each link names the one before, which was reversed.

DROP INDEX photo_upload_open;
CREATE INDEX photo_upload_by_technician ON photo_upload (area_id, technician_id, created_at);
CREATE INDEX visit_by_day ON visit (area_id, on_day);

ALTER TABLE charge
    ADD COLUMN replaces_charge_id uuid,
    DROP CONSTRAINT charge_is_one_per_consent_and_kind,
    ADD CONSTRAINT charge_is_one_per_consent_and_kind
        UNIQUE NULLS NOT DISTINCT (area_id, consent_id, kind, replaces_charge_id),
    ADD CONSTRAINT charge_is_what_one_replaces UNIQUE (area_id, charge_id, consent_id, kind);
ALTER TABLE charge
    ADD CONSTRAINT charge_replaces_its_like FOREIGN KEY (area_id, replaces_charge_id, consent_id, kind)
        REFERENCES charge (area_id, charge_id, consent_id, kind),
    ADD CONSTRAINT charge_replaces_what_was_reversed FOREIGN KEY (area_id, replaces_charge_id)
        REFERENCES charge_reversal (area_id, charge_id);
