-- A service looks for a month's records by its own metadata.
-- role: comply_app
-- budget: 100 ms
-- index: storage_records_pkey or storage_records_metadata_idx
-- months: 1
select s.id, s."timestamp", s.metadata
from comply.search_records(:contains, :month, :next_month, 50) as s;
