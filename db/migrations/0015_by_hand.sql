-- Visits are moved by hand: such a change is a version of the plan, and what was put somewhere stays there, at its time where
-- one was named. On call is a time beyond the shift.

ALTER TABLE plan
    DROP CONSTRAINT plan_origin_is_known,
    ADD CONSTRAINT plan_origin_is_known CHECK (origin IN ('run', 'emergency', 'absence', 'undo', 'hand'));

ALTER TABLE visit
    ADD COLUMN pinned_start_at timestamptz,
    ADD CONSTRAINT visit_pinned_time_is_of_a_pin CHECK (pinned_start_at IS NULL OR pinned);

ALTER TABLE technician_day
    ADD COLUMN on_call_start_at timestamptz,
    ADD COLUMN on_call_end_at timestamptz,
    ADD CONSTRAINT technician_day_call_is_whole CHECK (
        (on_call_start_at IS NULL) = (on_call_end_at IS NULL)
        AND on_call_end_at > on_call_start_at AND on_call_end_at <= on_call_start_at + interval '24 hours'
    );
