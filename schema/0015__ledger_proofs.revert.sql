drop index comply.ledger_blocks_last_id_idx;
