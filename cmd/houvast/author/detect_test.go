package author

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func runDetect(t *testing.T, in string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e strings.Builder
	code = Detect(args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

// Every line in is exactly one line out, whatever is in it; otherwise figures
// would be about other lines than they say.
func TestDetectAnswersEveryLineOnce(t *testing.T) {
	t.Parallel()
	in := "ik wil niet meer leven\nkopje koffie gedaan\r\n\n\xff\xfe\t\x00\n" + strings.Repeat("dood ", 60_000) + "\nik voel me zo alleen"
	code, out, errOut := runDetect(t, in)
	if code != 0 || errOut != "" {
		t.Fatalf("got code %d, errors %q", code, errOut)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 6 {
		t.Fatalf("got %d lines for 6: %q", len(lines), out)
	}
	for i, want := range []string{"crisis\tC1\tc1-", "none\t-\t-", "none\t-\t-", "none\t-\t-", "", "distress\tD6\td6-alleen"} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d: got %q, want it to begin with %q", i+1, lines[i], want)
		}
		if got := strings.Count(lines[i], "\t"); got != 2 {
			t.Errorf("line %d: got %d tabs, want 2: %q", i+1, got, lines[i])
		}
	}
}

func TestDetectExplains(t *testing.T) {
	t.Parallel()
	code, out, _ := runDetect(t, "Ik ga DOOD van het lachen\nik wil niet dood\n", "-explain")
	if code != 0 {
		t.Fatalf("got code %d", code)
	}
	for _, want := range []string{
		"none\t-\t-\n",
		"read     ik ga dood van het lachen",
		"takes    -    g-dood-figuurlijk: ",
		"distress\tC1\t",
		"lowers   -    l-wil-niet-dood: ",
		"lowered  C1 ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

func TestDetectExitCodes(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "eigen.yaml")
	if err := os.WriteFile(broken, []byte("entries:\n  - id: Eigen Woord\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"help":                 {[]string{"-h"}, 0, "houvast detect -explain"},
		"a flag nobody knows":  {[]string{"-wat"}, 2, "-wat"},
		"a word too many":      {[]string{"zinnen.txt"}, 2, "standard input"},
		"no such list":         {[]string{"-local", "bestaat-niet.yaml"}, 1, "read own words"},
		"a list with mistakes": {[]string{"-local", broken}, 1, "eigen.yaml:2:9: een id heeft alleen kleine letters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errOut := runDetect(t, "", c.args...)
			if code != c.code || !strings.Contains(out+errOut, c.want) {
				t.Errorf("got code %d, %q, want code %d and %q", code, out+errOut, c.code, c.want)
			}
		})
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
func (brokenPipe) Read([]byte) (int, error)  { return 0, errors.New("unreadable") }

func TestDetectSaysWhenItCannotReadOrWrite(t *testing.T) {
	t.Parallel()
	var e strings.Builder
	if code := Detect(nil, strings.NewReader("ik wil dood\n"), brokenPipe{}, &e); code != 1 || !strings.Contains(e.String(), "write") {
		t.Errorf("got code %d, %q, want 1 and why", code, e.String())
	}
	e.Reset()
	if code := Detect(nil, brokenPipe{}, &strings.Builder{}, &e); code != 1 || !strings.Contains(e.String(), "read") {
		t.Errorf("got code %d, %q, want 1 and why", code, e.String())
	}
}
