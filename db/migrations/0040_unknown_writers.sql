-- Who writes is not known to be the holder of the contract.
ALTER TABLE contact
    DROP CONSTRAINT contact_relation_is_known,
    ADD CONSTRAINT contact_relation_is_known
        CHECK (relation IN ('holder', 'family', 'neighbour', 'tenant', 'staff', 'other', 'unknown'));
ALTER TABLE ticket
    DROP CONSTRAINT ticket_caller_relation_is_known,
    ADD CONSTRAINT ticket_caller_relation_is_known
        CHECK (caller_relation IN ('holder', 'family', 'neighbour', 'tenant', 'staff', 'other', 'unknown'));
