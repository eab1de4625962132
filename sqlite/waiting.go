package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"houvast/bot"
)

const stuck = `SELECT id, problem, message FROM outbox AS o WHERE lane < 1 AND settled = 0 AND due <= ?` + messageStays + ` ORDER BY due, id`

// Stuck implements [bot.Store].
func (d *DB) Stuck(ctx context.Context, before time.Time) ([]bot.Message, error) {
	rows, err := d.read.rows(ctx, stuck, micros(before))
	if err != nil {
		return nil, fmt.Errorf("stuck messages: %w", err)
	}
	defer rows.Close()

	var found []bot.Message
	var unread error
	for rows.Next() {
		var id int64
		var problem string
		var body []byte
		if err := rows.Scan(&id, &problem, &body); err != nil {
			return nil, fmt.Errorf("stuck messages: %w", err)
		}
		var m bot.Message
		if err := d.ring.openJSON("outbox", "message", id, body, &m); err != nil {
			if problem == undecoded {
				continue // it was told of, and is counted
			}
			unread = errors.Join(unread, fmt.Errorf("stuck messages: %w", err))
			continue
		}
		found = append(found, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("stuck messages: %w", err)
	}
	return found, unread
}

// Waiting implements [bot.Store].
func (d *DB) Waiting(ctx context.Context) ([]bot.Conversation, error) {
	open, err := all[bot.Conversation](reading{ctx, d.read}, d.ring, "conversations",
		`SELECT id, body FROM conversations WHERE open = 1`+talkStays+` ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("open conversations: %w", err)
	}
	return open, nil
}

// Wake implements [bot.Store].
func (d *DB) Wake(ctx context.Context, door string, now time.Time) error {
	err := d.write(ctx, people, 1, func(t *tx) error {
		_, err := t.exec(`
			UPDATE outbox SET ready = ? WHERE door = ? AND settled = 0 AND trying = 0 AND attempts > 0 AND ready > ?`,
			micros(now), door, micros(now))
		return err
	})
	if err != nil {
		return fmt.Errorf("wake messages: %w", err)
	}
	return nil
}
