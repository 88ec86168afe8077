-- Events read in from a file that a phone exported: who vouches for them, where the phone cannot speak for itself any more.

ALTER TABLE inbox ADD COLUMN vouched_by uuid;
