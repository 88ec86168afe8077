-- A part of a draft goes out as a version of its own, a draft is thrown away, and a run may be told how much it may move.

ALTER TABLE plan
    ADD COLUMN part_of_plan_id uuid,
    ADD COLUMN discarded_at timestamptz,
    ADD COLUMN discarded_by uuid,
    DROP CONSTRAINT plan_origin_is_known,
    ADD CONSTRAINT plan_origin_is_known CHECK (origin IN ('run', 'emergency', 'absence', 'undo', 'hand', 'part')),
    ADD FOREIGN KEY (area_id, part_of_plan_id) REFERENCES plan,
    ADD CONSTRAINT plan_part_names_of_what CHECK ((origin = 'part') = (part_of_plan_id IS NOT NULL)),
    ADD CONSTRAINT plan_discarded_never_went_out
        CHECK (discarded_at IS NULL OR (state = 'superseded' AND published_at IS NULL));

ALTER TABLE plan_run
    ADD COLUMN change_budget integer CONSTRAINT plan_run_change_budget_is_a_count CHECK (change_budget >= 0),
    ADD COLUMN moved integer;
