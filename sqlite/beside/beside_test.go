package beside_test

import (
	"errors"
	"net"
	"path/filepath"
	"testing"

	"houvast/sqlite/beside"
)

// A process that was killed leaves its socket: nobody answers there.
func TestAskWhoIsGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "houvast.db")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path+".sock")
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := beside.Ask(t.Context(), path, map[string]string{"do": "check"}, nil); !errors.Is(err, beside.ErrNotServed) {
		t.Errorf("got %v, want %v", err, beside.ErrNotServed)
	}
}
