-- What is counted of a period is found by when it happened; credits that somebody took along as a file.

CREATE INDEX contact_entry_by_time ON contact_entry (area_id, at);
CREATE INDEX callback_by_end ON callback (area_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX complaint_by_time ON complaint (area_id, opened_at);
CREATE INDEX credit_by_time ON credit (area_id, credited_at);

-- what a person took along as a file: each credit in one file
CREATE TABLE credit_export (
    area_id uuid NOT NULL REFERENCES area,
    export_id uuid NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    exported_at timestamptz NOT NULL,
    exported_by uuid NOT NULL,
    PRIMARY KEY (area_id, export_id),
    CONSTRAINT credit_export_period_is_ordered CHECK (first_on <= last_on)
);
CREATE TABLE credit_exported (
    area_id uuid NOT NULL,
    credit_id uuid NOT NULL,
    export_id uuid NOT NULL,
    PRIMARY KEY (area_id, credit_id),
    FOREIGN KEY (area_id, credit_id) REFERENCES credit,
    FOREIGN KEY (area_id, export_id) REFERENCES credit_export
);
CREATE INDEX credit_exported_by_export ON credit_exported (area_id, export_id);
