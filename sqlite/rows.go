package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// A source is what rows are read from: the writer's transaction, or a reader.
type source interface {
	query(query string, args ...any) (*sql.Rows, error)
}

// A reading reads what was kept, beside the writer.
type reading struct {
	ctx context.Context
	db  *reader
}

func (r reading) query(query string, args ...any) (*sql.Rows, error) {
	return r.db.rows(r.ctx, query, args...)
}

// all returns the rows that query names by id and body, opened.
func all[T any](from source, r ring, table, query string, args ...any) ([]T, error) {
	rows, err := from.query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	var found []T
	for rows.Next() {
		var id int64
		var body sql.RawBytes
		if err := rows.Scan(&id, &body); err != nil {
			return nil, err
		}
		var v T
		if err := r.openJSON(table, "body", id, body, &v); err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, rows.Err()
}

// first returns the one row that query names.
func first[T any](from source, r ring, table, query string, args ...any) (T, bool, error) {
	found, err := all[T](from, r, table, query, args...)
	if err != nil || len(found) == 0 {
		var none T
		return none, false, err
	}
	return found[0], true, nil
}

// micros is how moments are kept: microseconds since 1970, UTC; 0 for never.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is what micros was given, in UTC.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// flag is how yes and no are kept.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// needID refuses a row whose id the caller did not issue.
func needID(table string, id int64) error {
	if id <= 0 {
		return fmt.Errorf("%s: a row without an id", table)
	}
	return nil
}
