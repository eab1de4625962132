package sealed_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"houvast/sqlite/sealed"
)

func keys(t *testing.T) (secret, public string) {
	t.Helper()
	secret, public, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return secret, public
}

func empty(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "copy.age"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// A backup is sealed to public keys, and to nothing else.
func TestRecipients(t *testing.T) {
	t.Parallel()
	secret, public := keys(t)
	if err := sealed.CheckRecipients([]string{public}); err != nil {
		t.Errorf("got %v", err)
	}
	for name, wrong := range map[string][]string{
		"none": nil, "nonsense": {public, "age1nonsense"}, "a secret": {secret}, "two in one": {public + "\n" + public}, "empty": {""}, "a comment": {"# " + public},
	} {
		for what, err := range map[string]error{
			"checked": sealed.CheckRecipients(wrong),
			"written": sealed.Write(t.Context(), empty(t), strings.NewReader("everything"), wrong),
		} {
			if !errors.Is(err, sealed.ErrRecipient) || strings.Contains(err.Error(), secret) {
				t.Errorf("%s, %s: got %v", name, what, err)
			}
		}
	}
}

// A lyingDisk keeps something else than what was written.
type lyingDisk struct{ *os.File }

func (d lyingDisk) Read(p []byte) (int, error) {
	n, err := d.File.Read(p)
	if n > 400 {
		p[n-1] ^= 1
	}
	return n, err
}

// What a disk did not keep as it was written is no backup, and it shows at once,
// not on the day that somebody needs it.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	secret, public := keys(t)
	all := strings.Repeat("everything ", 1000)
	f := empty(t)
	if err := sealed.Write(t.Context(), f, strings.NewReader(all), []string{public}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	var back bytes.Buffer
	if was, err := sealed.Read(t.Context(), &back, f, secret); err != nil || !was || back.String() != all {
		t.Errorf("got %d bytes, sealed %t, %v", back.Len(), was, err)
	}
	if err := sealed.Write(t.Context(), lyingDisk{empty(t)}, strings.NewReader(all), []string{public}); err == nil {
		t.Error("what the disk changed was taken for a backup")
	}
}
