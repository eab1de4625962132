package author

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"houvast/content/file"
)

func runFlows(t *testing.T, in string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Flows(args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

const starters = "../../../content/flows"

func TestFlowsCallsThatAreOff(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"dansen"}, {"check", "-x"}, {"draw"}, {"explore", "a", "b"}, {"format"}, {"test", "-json"}, {"explore", "-n", "0", "a"}} {
		if code, out, errOut := runFlows(t, "", args...); code != exitUsage || out != "" || errOut == "" {
			t.Errorf("%v: code %d, out %q, errOut %q", args, code, out, errOut)
		}
	}
	if code, out, _ := runFlows(t, "", "-h"); code != exitOK || !strings.Contains(out, "examples:") {
		t.Errorf("-h: code %d, %s", code, out)
	}
}

// A wrong path must never look like a flow in which nothing is wrong.
func TestFlowsWhereThereIsNone(t *testing.T) {
	t.Parallel()
	empty, dir := t.TempDir(), t.TempDir()
	notes, broken := filepath.Join(dir, "notities.md"), filepath.Join(dir, "stuk.yaml")
	for path, text := range map[string]string{notes: "hallo", broken: "x: ["} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"check", "test", "format", "explore", "draw", "play"} {
		for _, path := range []string{filepath.Join(dir, "nergens.yaml"), empty, notes, broken} {
			code, out, errOut := runFlows(t, "", name, path)
			if told := out + errOut; code != exitFaults || !strings.Contains(told, path) {
				t.Errorf("%s %s: code %d, %s", name, path, code, told)
			}
		}
	}
}

// A broken file among others: nothing is taken, and every fault of every file is
// told, each with file, line and column.
func TestFlowsCheckTellsEveryFaultInEveryFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for from, to := range map[string]string{"doel": "een", "stil_signaal": "twee", "yaml": "drie"} {
		src, err := os.ReadFile(filepath.Join("../../../content/file/testdata/findings", from, "proef.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		src = bytes.Replace(src, []byte("flow: proef"), []byte("flow: "+to), 1)
		if err := os.WriteFile(filepath.Join(dir, to+".yaml"), src, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	code, out, _ := runFlows(t, "", "check", dir)
	for _, want := range []string{
		filepath.Join(dir, "een.yaml") + ":26:15: fout: stap 'hoe' gaat naar 'klar', maar die stap is er niet [doel]: bedoel je 'klaar'?",
		filepath.Join(dir, "twee.yaml") + ":", "[stil_signaal]",
		filepath.Join(dir, "drie.yaml") + ":18:11: fout:", "[yaml]", "[ver_van_mens]",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not in\n%s", want, out)
		}
	}
	if code != exitFaults {
		t.Errorf("code %d", code)
	}
	// One file of the three, for tools.
	code, out, _ = runFlows(t, "", "check", "-json", filepath.Join(dir, "een.yaml"))
	var found []file.Finding
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != exitFaults {
		t.Fatalf("code %d, %v: %s", code, err, out)
	}
	if found[0].Code != "doel" || found[0].Line != 26 || found[0].Path != "steps.hoe.buttons.niet_goed.next" {
		t.Errorf("got %+v", found[0])
	}
	for _, f := range found {
		if !strings.HasSuffix(f.File, "een.yaml") {
			t.Errorf("got a finding in %s", f.File)
		}
	}
}

func TestFlowsTest(t *testing.T) {
	t.Parallel()
	if code, out, errOut := runFlows(t, "", "test", starters); code != exitOK || strings.Count(out, "goed ") < 50 {
		t.Errorf("code %d: %s%s", code, out, errOut)
	}
	if code, out, _ := runFlows(t, "", "test", "../../../content/file/testdata/proef.yaml"); code != exitOK || !strings.Contains(out, "geen bewaarde gesprekken") {
		t.Errorf("code %d: %s", code, out)
	}
	code, out, _ := runFlows(t, "", "test", "../../../content/file/testdata/findings/proef_mislukt")
	if code != exitFaults || !strings.Contains(out, "signals: verwacht [distress], kreeg []") {
		t.Errorf("code %d: %s", code, out)
	}
}

// Formatting twice is formatting once, and the starter flows are in form.
func TestFlowsFormat(t *testing.T) {
	t.Parallel()
	if code, out, _ := runFlows(t, "", "format", "-l", starters); code != exitOK || out != "" {
		t.Errorf("not in form: %s", out)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "proef.yaml")
	src, err := os.ReadFile("../../../content/file/testdata/proef.yaml")
	if err != nil {
		t.Fatal(err)
	}
	messy := strings.ReplaceAll(string(src), "\n\n", "\n\n\n") + "\n\n"
	messy = strings.Replace(messy, "title: Een proef", `title:   "Een proef"`, 1)
	if err := os.WriteFile(path, []byte(messy), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := runFlows(t, "", "format", dir); code != exitOK || !strings.Contains(out, path) {
		t.Errorf("code %d: %s", code, out)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != string(src) {
		t.Errorf("%v: got\n%s", err, got)
	}
	// A comment would be lost, so the file is left alone.
	commented := "# belangrijk\n" + messy
	if err := os.WriteFile(path, []byte(commented), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := runFlows(t, "", "format", path); code != exitFaults || !strings.Contains(out, "[opmerking]") {
		t.Errorf("code %d: %s", code, out)
	}
	if got, err = os.ReadFile(path); err != nil || string(got) != commented {
		t.Error("a file with a comment was written")
	}
}

func TestFlowsExplore(t *testing.T) {
	t.Parallel()
	code, out, _ := runFlows(t, "", "explore", filepath.Join(starters, "wekelijkse_checkin.yaml"))
	if code != exitOK || !strings.Contains(out, "711 verschillende gesprekken") || !strings.Contains(out, "→ crisis") {
		t.Errorf("code %d: %s", code, out)
	}
	if _, out, _ = runFlows(t, "", "explore", "-n", "100", filepath.Join(starters, "wekelijkse_checkin.yaml")); !strings.Contains(out, "steekproef van 100") || !strings.Contains(out, "in deze steekproef loopt geen") {
		t.Errorf("a sample does not say so: %s", out)
	}
	code, out, errOut := runFlows(t, "", "explore", "../../../content/file/testdata/findings/geen_hulp/proef.yaml")
	if code != exitFaults || !strings.Contains(out, "eindigt zonder hulp: kies niet_goed, kies nee") || !strings.Contains(errOut, "[geen_hulp]") {
		t.Errorf("code %d: %s%s", code, out, errOut)
	}
}

func TestFlowsDraw(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "uit.svg")
	if code, _, errOut := runFlows(t, "", "draw", "-o", path, filepath.Join(starters, "moeilijk.yaml")); code != exitOK || errOut != "" {
		t.Fatal(errOut)
	}
	if svg, err := os.ReadFile(path); err != nil || !strings.Contains(string(svg), "Iemand mag mij bellen") {
		t.Errorf("%v: %.200s", err, svg)
	}
}

func TestFlowsPlay(t *testing.T) {
	t.Parallel()
	code, out, _ := runFlows(t, "hulp\nwat?\n1\nIk slaap slecht\n2\n", "play", filepath.Join(starters, "moeilijk.yaml"))
	for _, want := range []string{
		"[de nummers:", "→ signaal distress: Ria laat weten: het is moeilijk.", "1 [Iemand mag mij bellen]",
		"kan niet bij deze vraag", "→ erbij distress", "Mag het team dit lezen?", "→ einde: klaar",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if code != exitOK || strings.Contains(out, "woorden: Ik slaap slecht") {
		t.Errorf("code %d: %s", code, out)
	}
	if code, out, _ = runFlows(t, "wacht 12h\n", "play", "-taal", "en", filepath.Join(starters, "moeilijk.yaml")); !strings.Contains(out, "I'll pass it on.") || !strings.Contains(out, "→ einde: stil") {
		t.Errorf("code %d: %s", code, out)
	}
}

func TestFlowsSchema(t *testing.T) {
	t.Parallel()
	if code, out, _ := runFlows(t, "", "schema"); code != exitOK || !json.Valid([]byte(out)) || !strings.Contains(out, "heard_by") {
		t.Errorf("code %d: %.100s", code, out)
	}
}
