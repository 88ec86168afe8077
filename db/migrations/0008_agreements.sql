-- The words under which a price is agreed to on site: a text that the server knows, so that it can be shown again.

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
