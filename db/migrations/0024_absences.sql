-- Somebody comes later than the shift begins: from when on it was to be, for who comes after all.

ALTER TABLE technician_day ADD COLUMN shift_due_at timestamptz;
