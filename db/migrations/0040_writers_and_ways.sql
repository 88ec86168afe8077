-- Who writes is not known to be the holder of the contract. A credit leaves one way: to billing by itself, or in a file.
ALTER TABLE contact
    DROP CONSTRAINT contact_relation_is_known,
    ADD CONSTRAINT contact_relation_is_known
        CHECK (relation IN ('holder', 'family', 'neighbour', 'tenant', 'staff', 'other', 'unknown'));
ALTER TABLE ticket
    DROP CONSTRAINT ticket_caller_relation_is_known,
    ADD CONSTRAINT ticket_caller_relation_is_known
        CHECK (caller_relation IN ('holder', 'family', 'neighbour', 'tenant', 'staff', 'other', 'unknown'));

ALTER TABLE credit
    ADD COLUMN leaves_by text NOT NULL DEFAULT 'billing' CONSTRAINT credit_leaves_by_is_known
        CHECK (leaves_by IN ('billing', 'file')),
    ADD CONSTRAINT credit_leaves_one_way UNIQUE (area_id, credit_id, leaves_by);
ALTER TABLE credit ALTER COLUMN leaves_by DROP DEFAULT;
-- what is in a file already does not go to billing any more
UPDATE credit
SET leaves_by = 'file'
FROM credit_exported
WHERE credit_exported.area_id = credit.area_id AND credit_exported.credit_id = credit.credit_id;
DELETE FROM outbox
USING credit_exported
WHERE outbox.area_id = credit_exported.area_id AND outbox.subject_id = credit_exported.credit_id
  AND outbox.kind = 'credit' AND outbox.delivered_at IS NULL;
ALTER TABLE credit_exported
    DROP CONSTRAINT credit_exported_area_id_credit_id_fkey,
    ADD COLUMN leaves_by text NOT NULL DEFAULT 'file' CONSTRAINT credit_exported_leaves_by_file CHECK (leaves_by = 'file'),
    ADD FOREIGN KEY (area_id, credit_id, leaves_by) REFERENCES credit (area_id, credit_id, leaves_by);

-- a job that was reopened gets a new link with its next visit
CREATE INDEX job_reopened ON job (area_id, job_id)
    WHERE reopened > 0 AND state IN ('planned', 'in_progress');
