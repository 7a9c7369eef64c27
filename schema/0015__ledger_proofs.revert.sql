-- Undoes 0015: checkpoints and blocks stay, and what makes proofs quick can be made again.

drop table comply_private.ledger_newest_heads;
drop index comply.ledger_blocks_pass_no_idx;
drop index comply.ledger_blocks_last_id_idx;
