-- Undoes 0004. The rows are the package's own, so nothing is lost that a deploy would not bring back.

drop table comply.detector_mappings;
drop table comply.detectors;
drop table comply.taxonomy_labels;
drop table comply.taxonomy_versions;
