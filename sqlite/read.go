package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// readers is how many may read at once. A walk through [DB.Due] holds one, and asks
// a second for where a slot stands: so it must be more than are walked at once.
const readers = 4

// A reader reads what was kept, beside the writer. Each query is prepared once:
// preparing one takes longer than answering it, and the house asks the same few
// all day.
type reader struct {
	db *sql.DB

	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

func openReader(path string) (*reader, error) {
	db, err := openPool(path, readers, "query_only(1)")
	if err != nil {
		return nil, err
	}
	return newReader(db), nil
}

func newReader(db *sql.DB) *reader { return &reader{db: db, stmts: map[string]*sql.Stmt{}} }

// stmt returns query prepared. A query must not be made of values, or there would
// be no end to them; its LIMIT though stands in it, since SQLite plans a query
// anew each time that a LIMIT is bound.
func (r *reader) stmt(query string) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.stmts[query]; ok {
		return s, nil
	}
	s, err := r.db.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	r.stmts[query] = s
	return s, nil
}

// rows answers query. A caller who has given up gets nothing; a query that has
// begun is finished, since a watch over it would cost more than its answer.
func (r *reader) rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := r.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.WithoutCancel(ctx), args...)
}

// row answers a query of one row.
func (r *reader) row(ctx context.Context, query string, args ...any) scanner {
	rows, err := r.rows(ctx, query, args...)
	return scanner{rows, err}
}

// A scanner is one row, or why there is none.
type scanner struct {
	rows *sql.Rows
	err  error
}

// Scan reads the row into to; [sql.ErrNoRows] if there is none.
func (s scanner) Scan(to ...any) error {
	if s.err != nil {
		return s.err
	}
	defer s.rows.Close()
	if !s.rows.Next() {
		return errors.Join(s.rows.Err(), sql.ErrNoRows)
	}
	return errors.Join(s.rows.Scan(to...), s.rows.Close())
}

func (r *reader) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, s := range r.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, r.db.Close())...)
}
