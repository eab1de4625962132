-- A page of an index is written in every commit that touches it: none is kept for
-- what is asked rarely or of few.

-- How long something waits is asked all the time of distress only. That it is
-- lane 0 is not said with =, or SQLite would plan every query of a bound lane anew.
DROP INDEX outbox_lane;
CREATE INDEX outbox_distress ON outbox (due, id) WHERE settled = 0 AND lane < 1;

-- What is on its way keeps its place in the row: at most a few are.
DROP INDEX outbox_ready;
CREATE INDEX outbox_ready ON outbox (door, lane, ready, id) WHERE settled = 0;
