-- Columns named body, message, remote and source are sealed; place, slot, chat
-- and key are keyed hashes; moments are microseconds since 1970, UTC, 0 for never.

-- The one sequence that all row ids come from: below next, any may be taken.
CREATE TABLE sequence (
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	next INTEGER NOT NULL
) STRICT;
INSERT INTO sequence VALUES (1, 1);

-- A known word, sealed, by which a wrong key shows.
CREATE TABLE sealed_with (
	one   INTEGER PRIMARY KEY CHECK (one = 1),
	key   BLOB NOT NULL,
	proof BLOB NOT NULL
) STRICT;

-- What has happened already, so that a repeat changes nothing.
CREATE TABLE seen (
	event TEXT PRIMARY KEY,
	at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER seen_stays BEFORE UPDATE ON seen BEGIN SELECT raise(ABORT, 'seen is append-only'); END;

-- Every chat that ever wrote to the bot.
CREATE TABLE accounts (
	id       INTEGER PRIMARY KEY,
	chat     BLOB NOT NULL UNIQUE,
	resident INTEGER NOT NULL,
	peer     INTEGER NOT NULL, -- 1: it belongs to somebody of the network
	body     BLOB NOT NULL
) STRICT;
CREATE INDEX accounts_resident ON accounts (resident) WHERE resident <> 0;
CREATE INDEX accounts_peer ON accounts (id) WHERE peer = 1;

-- Everybody who was invited to be a resident.
CREATE TABLE residents (
	id      INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	stage   TEXT NOT NULL,
	body    BLOB NOT NULL
) STRICT;

-- Every talk with one person, and where it is.
CREATE TABLE conversations (
	id       INTEGER PRIMARY KEY,
	account  INTEGER NOT NULL,
	resident INTEGER NOT NULL,
	open     INTEGER NOT NULL,
	changed  INTEGER NOT NULL,
	body     BLOB NOT NULL
) STRICT;
CREATE INDEX conversations_account ON conversations (account, open);
CREATE INDEX conversations_open ON conversations (id) WHERE open = 1;
CREATE INDEX conversations_resident ON conversations (resident) WHERE resident <> 0;

-- What people must hear of a resident, until a person closed it.
CREATE TABLE signals (
	id       INTEGER PRIMARY KEY,
	resident INTEGER NOT NULL,
	state    TEXT NOT NULL,
	opened   INTEGER NOT NULL,
	body     BLOB NOT NULL
) STRICT;
CREATE INDEX signals_resident ON signals (resident, opened);
CREATE INDEX signals_open ON signals (resident, opened) WHERE state <> 'closed';

-- What residents sent in their own words and pictures.
CREATE TABLE words (
	id       INTEGER PRIMARY KEY,
	resident INTEGER NOT NULL,
	signal   INTEGER NOT NULL, -- 0: given to nobody yet
	at       INTEGER NOT NULL,
	message  BLOB, -- keyed hash of the resident and the platform's id, so that an edit finds it
	body     BLOB NOT NULL
) STRICT;
CREATE INDEX words_resident ON words (resident, signal, at);
CREATE INDEX words_message ON words (message) WHERE message IS NOT NULL;

-- Codes that were handed out, by their hash.
CREATE TABLE invites (
	id       INTEGER PRIMARY KEY,
	hash     BLOB NOT NULL UNIQUE,
	resident INTEGER NOT NULL,
	until    INTEGER NOT NULL,
	body     BLOB NOT NULL
) STRICT;
CREATE INDEX invites_resident ON invites (resident) WHERE resident <> 0;

-- What became of every moment at which a resident had asked to be asked.
CREATE TABLE checkins (
	id       INTEGER PRIMARY KEY,
	resident INTEGER NOT NULL,
	planned  INTEGER NOT NULL,
	state    TEXT NOT NULL,
	body     BLOB NOT NULL,
	UNIQUE (resident, planned)
) STRICT;

-- What happens by itself, and when.
CREATE TABLE timers (
	id       INTEGER PRIMARY KEY,
	key      BLOB NOT NULL UNIQUE,
	due      INTEGER NOT NULL,
	urgent   INTEGER NOT NULL, -- 1: a signal hangs on it
	resident INTEGER NOT NULL,
	signal   INTEGER NOT NULL,
	body     BLOB NOT NULL
) STRICT;
CREATE INDEX timers_due ON timers (urgent, due, id);
CREATE INDEX timers_resident ON timers (resident) WHERE resident <> 0;
CREATE INDEX timers_signal ON timers (signal) WHERE signal <> 0;

-- What is still to be said, and that it was said; once settled, the words go.
CREATE TABLE outbox (
	id        INTEGER PRIMARY KEY, -- the order in which it was decided
	door      TEXT NOT NULL,
	lane      INTEGER NOT NULL,
	place     BLOB NOT NULL,
	slot      BLOB,
	subject   INTEGER NOT NULL,
	due       INTEGER NOT NULL, -- from then on it keeps its place in the row
	ready     INTEGER NOT NULL, -- from then on it may be tried (again)
	until     INTEGER NOT NULL,
	attempts  INTEGER NOT NULL DEFAULT 0,
	ambiguous INTEGER NOT NULL DEFAULT 0,
	first     INTEGER NOT NULL DEFAULT 0,
	trying    INTEGER NOT NULL DEFAULT 0, -- 1: it is on its way right now
	settled   INTEGER NOT NULL DEFAULT 0, -- when
	became    TEXT NOT NULL DEFAULT '',   -- sent, given up, dropped, superseded, expired
	problem   TEXT NOT NULL DEFAULT '',   -- class only, never words
	message   BLOB
) STRICT;
CREATE INDEX outbox_ready ON outbox (door, lane, ready, id) WHERE settled = 0 AND trying = 0;
CREATE INDEX outbox_lane ON outbox (lane, due, id) WHERE settled = 0;
CREATE INDEX outbox_place ON outbox (place, lane, id) WHERE settled = 0;
CREATE INDEX outbox_slot ON outbox (slot, id) WHERE settled = 0 AND slot IS NOT NULL;
CREATE INDEX outbox_until ON outbox (door, lane, until) WHERE settled = 0 AND until > 0;
CREATE INDEX outbox_trying ON outbox (slot) WHERE trying = 1;
CREATE INDEX outbox_subject ON outbox (subject) WHERE settled = 0 AND subject <> 0;
CREATE INDEX outbox_settled ON outbox (settled) WHERE settled > 0;

-- Where a slot was last posted, so that the next message edits it.
CREATE TABLE slots (
	slot   BLOB PRIMARY KEY,
	place  BLOB NOT NULL, -- so that a chat can be forgotten
	remote BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX slots_place ON slots (place);

-- Who looked at what of whom, or did what; never a word of it.
CREATE TABLE log (
	id       INTEGER PRIMARY KEY,
	at       INTEGER NOT NULL,
	resident INTEGER NOT NULL,
	body     BLOB NOT NULL
) STRICT;
CREATE INDEX log_resident ON log (resident, id);
CREATE INDEX log_at ON log (at);
CREATE TRIGGER log_stays BEFORE UPDATE ON log BEGIN SELECT raise(ABORT, 'log is append-only'); END;

-- What could not be read or decided.
CREATE TABLE dead_letters (
	id   INTEGER PRIMARY KEY,
	at   INTEGER NOT NULL,
	door TEXT NOT NULL,
	body BLOB NOT NULL
) STRICT;
CREATE INDEX dead_letters_at ON dead_letters (at);
CREATE TRIGGER dead_letters_stay BEFORE UPDATE ON dead_letters BEGIN SELECT raise(ABORT, 'dead_letters is append-only'); END;

-- Who is who, as it was agreed; the newest holds.
CREATE TABLE networks (
	id     INTEGER PRIMARY KEY,
	at     INTEGER NOT NULL,
	source BLOB NOT NULL
) STRICT;
CREATE TRIGGER networks_stay BEFORE UPDATE ON networks BEGIN SELECT raise(ABORT, 'networks is append-only'); END;

-- Every version of every flow that was ever published.
CREATE TABLE flows (
	id      TEXT NOT NULL,
	version INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	status  TEXT NOT NULL,
	shape   BLOB NOT NULL, -- hash of its steps, without sentences
	text    BLOB NOT NULL, -- hash of its sentences
	source  TEXT NOT NULL, -- as the coordinator wrote it, in clear: it is everybody's
	body    BLOB NOT NULL, -- who published it
	PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER flows_stay BEFORE UPDATE OF id, version, at, shape, text, source, body ON flows
	BEGIN SELECT raise(ABORT, 'a published flow never changes'); END;

-- How far a door has heard, and when it last did.
CREATE TABLE cursors (
	door  TEXT PRIMARY KEY,
	at    INTEGER NOT NULL,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
