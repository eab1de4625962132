-- Residents of whom everything goes, until it has gone, by each of their chats.
CREATE TABLE erasures (
	id       INTEGER PRIMARY KEY,
	resident INTEGER NOT NULL,
	account  INTEGER NOT NULL, -- whose talks go; 0: the chat stays somebody's
	place    BLOB NOT NULL,    -- of the messages to them; empty: they have no chat
	upto     INTEGER NOT NULL, -- what is theirs has ids below it: the goodbye has not
	body     BLOB NOT NULL
) STRICT;
CREATE INDEX erasures_resident ON erasures (resident, upto);
CREATE INDEX erasures_place ON erasures (place, upto);

-- Whose a dead letter is, so that it goes when they are forgotten.
ALTER TABLE dead_letters ADD COLUMN chat BLOB; -- keyed hash; empty: nobody's; NULL: it is not known, and what it holds must be looked through
ALTER TABLE dead_letters ADD COLUMN resident INTEGER NOT NULL DEFAULT 0;
CREATE INDEX dead_letters_chat ON dead_letters (chat, id);
CREATE INDEX dead_letters_resident ON dead_letters (resident) WHERE resident <> 0;
