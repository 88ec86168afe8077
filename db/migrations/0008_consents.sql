-- Consents on site: words that the server knows again, visit codes that reach the subscriber, charges that reach billing.

CREATE TABLE agreement_text (
    area_id uuid NOT NULL REFERENCES area,
    agreement_version integer NOT NULL,
    language text NOT NULL,
    text text NOT NULL,
    valid_from timestamptz NOT NULL,
    PRIMARY KEY (area_id, agreement_version, language)
);

-- valid from now on: what was agreed to before, under no words of ours, stays agreed to
INSERT INTO agreement_text (area_id, agreement_version, language, text, valid_from)
SELECT area_id, 1, said.language, said.text, now()
FROM area, (VALUES
    ('en', 'I was shown the prices below. I agree that this work is done now and that their total is charged to the contract.'),
    ('ru', 'Цены, указанные ниже, мне показаны. Даю согласие на выполнение этих работ сейчас и на включение их суммы в счёт по договору.'),
    ('hu', 'Az alábbi árakat megmutatták nekem. Hozzájárulok, hogy ezt a munkát most elvégezzék, és az árak összegét a szerződésre terheljék.')
) AS said (language, text);

ALTER TABLE outbox
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,
    -- not by an UPDATE: the wall stands before the owner, too, unless it is a superuser
    ADD COLUMN due_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE outbox ALTER COLUMN due_at DROP DEFAULT;
CREATE INDEX outbox_waiting ON outbox (area_id, due_at) WHERE delivered_at IS NULL;

CREATE TABLE message (
    area_id uuid NOT NULL REFERENCES area,
    message_id uuid NOT NULL,
    phone text NOT NULL,
    language text NOT NULL,
    text text NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, message_id)
);

CREATE TABLE charge_waiver (
    area_id uuid NOT NULL,
    charge_waiver_id uuid NOT NULL,
    job_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT charge_waiver_kind_is_known CHECK (kind IN ('work', 'call_out')),
    consent_id uuid NOT NULL,
    closure_id uuid NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT charge_waiver_amount_is_positive CHECK (amount_minor > 0),
    currency text NOT NULL,
    reason text NOT NULL CONSTRAINT charge_waiver_reason_is_known CHECK (reason IN ('line_out_of_limits')),
    proof jsonb NOT NULL,
    waived_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, charge_waiver_id),
    CONSTRAINT charge_waiver_is_one_per_consent_and_kind UNIQUE (area_id, consent_id, kind),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, consent_id) REFERENCES consent,
    FOREIGN KEY (area_id, closure_id) REFERENCES closure
);
CREATE INDEX charge_waiver_by_job ON charge_waiver (area_id, job_id);
