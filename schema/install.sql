-- The ground
\ir 0001__roles_and_schemas.sql
\ir prelude.sql

-- The clock
\ir ../functions/comply.now.sql
\ir ../functions/comply_private.tg__refuse.sql
