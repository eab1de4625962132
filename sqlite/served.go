package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"

	"houvast/sqlite/beside"
)

// Serve lets commands beside this process ask it, by [beside.Ask], until ctx ends,
// so that those that write can go through the one process that may.
//
// It knows "backup", "backup-sealed" and "check" itself; handlers adds others by
// their name.
func (d *DB) Serve(ctx context.Context, handlers map[string]beside.Handler) error {
	all := map[string]beside.Handler{"backup": d.serveBackup, "backup-sealed": d.serveBackupSealed, "check": d.serveCheck}
	for name, h := range handlers {
		all[name] = h
	}
	return beside.Serve(ctx, d.path, all)
}

func (d *DB) serveBackup(ctx context.Context, request json.RawMessage) (any, error) {
	var r struct {
		Path string `json:"path"`
	}
	if err := json.Unmarshal(request, &r); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(r.Path) {
		return nil, errors.New("backup needs the absolute path of the copy")
	}
	if err := d.Backup(ctx, r.Path); err != nil {
		return nil, err
	}
	return map[string]string{"path": r.Path}, nil
}

// serveBackupSealed has a name of its own, so that a houvast which knows nothing of
// sealing refuses, rather than to leave a copy that is not sealed.
func (d *DB) serveBackupSealed(ctx context.Context, request json.RawMessage) (any, error) {
	var r struct {
		Path string   `json:"path"`
		To   []string `json:"to"`
	}
	if err := json.Unmarshal(request, &r); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(r.Path) {
		return nil, errors.New("backup needs the absolute path of the copy")
	}
	if err := d.BackupSealed(ctx, r.Path, r.To); err != nil {
		return nil, err
	}
	return map[string]string{"path": r.Path}, nil
}

func (d *DB) serveCheck(ctx context.Context, _ json.RawMessage) (any, error) {
	return map[string]string{}, d.Check(ctx)
}
