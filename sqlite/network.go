package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// KeepNetwork keeps who is who, as source says it. It holds from now; earlier
// ones stay, so that it can be seen what was agreed when. It is sealed, since it
// holds names and numbers.
func (d *DB) KeepNetwork(ctx context.Context, now time.Time, source []byte) error {
	err := d.write(ctx, editor, 1, func(t *tx) error {
		id := t.id()
		_, err := t.exec(`INSERT INTO networks (id, at, source) VALUES (?, ?, ?)`, id, micros(now), t.ring.seal("networks", "source", id, source))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the network: %w", err)
	}
	return nil
}

// Network returns the source of the network that holds, and since when; nil if
// there is none yet.
func (d *DB) Network(ctx context.Context) (source []byte, since time.Time, err error) {
	var id, at int64
	var sealed []byte
	err = d.read.row(ctx, `SELECT id, at, source FROM networks ORDER BY id DESC LIMIT 1`).Scan(&id, &at, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, time.Time{}, nil
	}
	if err == nil {
		source, err = d.ring.open("networks", "source", id, sealed)
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the network: %w", err)
	}
	return source, moment(at), nil
}

// A Flow is one version of a conversation, as it was published.
type Flow struct {
	ID      string
	Version int
	At      time.Time // when it was published
	By      string    // key of the person who did; sealed
	Status  FlowStatus
	Shape   []byte // hash of its steps, without sentences
	Text    []byte // hash of its sentences
	Source  string // as the coordinator wrote it
}

// A FlowStatus says whether people start on a version.
type FlowStatus string

// The statuses of a version. Whoever is in a past one finishes it.
const (
	FlowLive FlowStatus = "live" // the one people start on; of each flow at most one
	FlowPast FlowStatus = "past"
)

// ErrPublished means that this version was published before with other words. A
// published version never changes: give the new one the next number.
var ErrPublished = errors.New("this version is published already")

// PublishFlow keeps a version of a flow. If its status is live, it takes the
// place of the live one. The same version once more changes nothing; with
// another source it is [ErrPublished]. Whether people can have the conversation
// is for the caller to know.
func (d *DB) PublishFlow(ctx context.Context, f Flow) error {
	err := d.write(ctx, editor, 3, func(t *tx) error {
		var kept string
		was, err := t.one([]any{&kept}, `SELECT source FROM flows WHERE id = ? AND version = ?`, f.ID, f.Version)
		switch {
		case err != nil:
			return err
		case was && kept == f.Source:
			return nil
		case was:
			return ErrPublished
		}
		if f.Status == FlowLive {
			if _, err := t.exec(`UPDATE flows SET status = ? WHERE id = ? AND status = ?`, string(FlowPast), f.ID, string(FlowLive)); err != nil {
				return err
			}
		}
		return t.putFlow(f)
	})
	if err != nil {
		return fmt.Errorf("publish flow %s version %d: %w", f.ID, f.Version, err)
	}
	return nil
}

// putFlow puts a version in the place of itself: only a key that changed does so.
func (t *tx) putFlow(f Flow) error {
	_, err := t.exec(`REPLACE INTO flows (id, version, at, status, shape, text, source, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		f.ID, f.Version, micros(f.At), string(f.Status), orEmpty(f.Shape), orEmpty(f.Text), f.Source,
		t.ring.seal("flows", "body."+f.ID, int64(f.Version), []byte(f.By)))
	return err
}

func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Flows returns every version of every flow, by id, oldest first.
func (d *DB) Flows(ctx context.Context) ([]Flow, error) {
	found, err := allFlows(reading{ctx, d.read}, d.ring)
	if err != nil {
		return nil, fmt.Errorf("read the flows: %w", err)
	}
	return found, nil
}

func allFlows(from source, r ring) ([]Flow, error) {
	var found []Flow
	err := eachFlow(from, r, func(f Flow, shut error) error {
		found = append(found, f)
		return shut
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// eachFlow reads every version, and says of each whether who published it opens. It
// ends at the first error that do returns.
func eachFlow(from source, r ring, do func(f Flow, shut error) error) error {
	rows, err := from.query(`SELECT id, version, at, status, shape, text, source, body FROM flows ORDER BY id, version`)
	if err != nil {
		return err
	}
	defer rows.Close()

	for rows.Next() {
		var f Flow
		var at int64
		var body []byte
		if err := rows.Scan(&f.ID, &f.Version, &at, &f.Status, &f.Shape, &f.Text, &f.Source, &body); err != nil {
			return err
		}
		by, shut := r.open("flows", "body."+f.ID, int64(f.Version), body)
		f.At, f.By = moment(at), string(by)
		if err := do(f, shut); err != nil {
			return err
		}
	}
	return rows.Err()
}
