-- A dispatcher calls whoever is late or silent.

ALTER TABLE technician ADD COLUMN phone text NOT NULL DEFAULT ''
    CONSTRAINT technician_phone_is_e164 CHECK (phone = '' OR phone ~ '^\+[1-9][0-9]{6,14}$');
