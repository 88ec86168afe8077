-- When a second technician joined: whoever was there before help was asked for does not answer the question.

-- those who are there by now answer what was asked so far
ALTER TABLE visit_crew ADD COLUMN joined_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE visit_crew ALTER COLUMN joined_at DROP DEFAULT;
