-- How many rows a change of key left as they were, because they do not open.
ALTER TABLE sealed_with ADD COLUMN left_behind INTEGER NOT NULL DEFAULT 0;
