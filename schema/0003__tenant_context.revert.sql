-- Undoes 0003. Contexts that were signed with these keys can no longer be verified.

drop table comply_private.context_keys;
drop table comply_private.context_settings;
