package author

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"houvast/bot"
	"houvast/content"
	"houvast/content/file"
	"houvast/flows"
	"houvast/flows/check"
	"houvast/signals/lexicon"
	"houvast/web"
)

const helpFlows = `houvast flows: check, try and draw conversations

usage: houvast flows COMMAND [flags] [PATH...]

  check   [-json] [PATH...]     say everything that is wrong, with line and column
  test    [PATH...]             replay the kept conversations (*.test.yaml)
  format  [-l] PATH...          write files in the one canonical form; -l only lists
  explore [-n N] FILE           hold every conversation the flow allows
  draw    [-o OUT.svg] FILE     make a picture
  play    [-taal TAAL] FILE     hold the conversation here; type "hulp" for how
  schema                        print the JSON Schema of a flow

A PATH is a flow, or a folder of flows that belong together. In a folder, what
lies between flows is checked too: calls, and whether a human is always near.
Without a PATH the flows that Houvast comes with are taken.

examples:
  houvast flows check
  houvast flows check mijnflows/
  houvast flows draw -o checkin.svg mijnflows/checkin.yaml
  houvast flows play mijnflows/goed_nieuws.yaml

exit code: 0 in order, 1 faults were found, 2 the call's words are off
`

// Flows runs "houvast flows" and returns its exit code. Findings go to
// out; what is wrong with the call itself goes to errOut.
func Flows(args []string, in io.Reader, out, errOut io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(errOut, helpFlows)
		return exitUsage
	}
	name, args := args[0], args[1:]
	if name == "-h" || name == "--help" || name == "help" {
		fmt.Fprint(out, helpFlows)
		return exitOK
	}
	commands := map[string]func(*flowsCall) int{
		"check": (*flowsCall).check, "test": (*flowsCall).test, "format": (*flowsCall).format,
		"explore": (*flowsCall).explore, "draw": (*flowsCall).draw, "play": (*flowsCall).play, "schema": (*flowsCall).schema,
	}
	command, ok := commands[name]
	if !ok {
		fmt.Fprintf(errOut, "houvast flows: there is no command %q; see: houvast flows -h\n", name)
		return exitUsage
	}
	c := &flowsCall{in: in, out: out, errOut: errOut}
	set := flag.NewFlagSet("houvast flows "+name, flag.ContinueOnError)
	set.SetOutput(errOut)
	set.Usage = func() { fmt.Fprint(errOut, helpFlows) }
	switch name {
	case "check":
		set.BoolVar(&c.json, "json", false, "findings as JSON")
	case "format":
		set.BoolVar(&c.list, "l", false, "only list")
	case "explore":
		set.IntVar(&c.most, "n", check.Most, "how many conversations before it samples")
	case "draw":
		set.StringVar(&c.output, "o", "", "where to write")
	case "play":
		set.StringVar(&c.language, "taal", "", "language of the person")
	}
	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	c.paths = set.Args()
	return command(c)
}

// A flowsCall is one call of houvast flows.
type flowsCall struct {
	in          io.Reader
	out, errOut io.Writer

	json, list       bool
	output, language string
	most             int
	paths            []string
}

func (c *flowsCall) fail(err error) int {
	fmt.Fprintf(c.errOut, "houvast flows: %v\n", err)
	return exitFaults
}

// flowsWorld is what the checks must know: the lexicon, the day, the quiet hours.
func flowsWorld(whole bool) (check.World, error) {
	list, err := content.Lexicon()
	if err != nil {
		return check.World{}, fmt.Errorf("read lexicon: %w", err)
	}
	var languages []string
	for _, e := range list.Entries() {
		if e.Level == lexicon.LevelCrisis && !slices.Contains(languages, e.Language) {
			languages = append(languages, e.Language)
		}
	}
	return check.World{
		House:           whole,
		Today:           time.Now().Format(time.DateOnly),
		Crisis:          func(text, _ string) bool { return list.Detect(text).Level == lexicon.LevelCrisis },
		CrisisLanguages: languages,
		QuietFrom:       fmt.Sprintf("%02d:00", bot.NightFrom),
		QuietTo:         fmt.Sprintf("%02d:00", bot.NightUntil),
	}, nil
}

// A batch is a folder's flows, or one flow with what lies beside it.
type batch struct {
	set   file.Set
	whole bool   // a folder, so that what lies between flows counts
	only  string // the one flow that was asked for
	dir   string
}

func (c *flowsCall) batches() ([]batch, error) {
	if len(c.paths) == 0 {
		set, err := content.FlowFiles()
		return []batch{{set: set, whole: true}}, err
	}
	var out []batch
	for _, path := range c.paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		b := batch{whole: info.IsDir(), dir: path}
		if !b.whole {
			if filepath.Ext(path) != ".yaml" {
				return nil, notAFlow(path)
			}
			b.dir = filepath.Dir(path)
			b.only, _, _ = strings.Cut(filepath.Base(path), ".")
		}
		b.set = file.ReadSet(near(os.DirFS(b.dir), b.only))
		if len(b.set.Drafts) == 0 && len(b.set.Found) == 0 {
			return nil, noFlow(path)
		}
		out = append(out, b)
	}
	return out, nil
}

// A wrong path must not look like a flow in which nothing is wrong.
func notAFlow(path string) error {
	return fmt.Errorf("%s is no flow: the name of a flow ends in .yaml", path)
}

func noFlow(path string) error { return fmt.Errorf("%s: no flow is there", path) }

// near shows of a folder only one flow, its translations and its tests; with no
// name, all of it.
func near(dir fs.FS, flow string) fs.FS {
	if flow == "" {
		return dir
	}
	return only{dir, flow}
}

type only struct {
	fs.FS
	flow string
}

// Glob implements [fs.GlobFS].
func (o only) Glob(string) ([]string, error) {
	names, err := fs.Glob(o.FS, o.flow+".yaml")
	if err != nil {
		return nil, err
	}
	more, err := fs.Glob(o.FS, o.flow+".*.yaml")
	return append(names, more...), err
}

// compile checks a batch; the files in the findings are as they were named.
func (b batch) compile() ([]*flows.Flow, []file.Finding, error) {
	w, err := flowsWorld(b.whole)
	if err != nil {
		return nil, nil, err
	}
	compiled, found := b.set.Compile(w)
	return compiled, b.named(found), nil
}

// named gives the files in the findings the names by which they can be opened.
func (b batch) named(found []file.Finding) []file.Finding {
	found = slices.Clone(found)
	for i := range found {
		if b.dir != "" {
			found[i].File = filepath.Join(b.dir, found[i].File)
		}
	}
	return found
}

func (c *flowsCall) check() int {
	batches, err := c.batches()
	if err != nil {
		return c.fail(err)
	}
	all, count := []file.Finding{}, 0
	for _, b := range batches {
		_, found, err := b.compile()
		if err != nil {
			return c.fail(err)
		}
		all = append(all, found...)
		count += len(b.set.Drafts)
	}
	c.report(all)
	if flows.Blocks(all) {
		return exitFaults
	}
	if !c.json && len(all) == 0 {
		fmt.Fprintf(c.out, "%d flows, niets gevonden\n", count)
	}
	return exitOK
}

func (c *flowsCall) report(found []file.Finding) {
	if c.json {
		enc := json.NewEncoder(c.out)
		enc.SetIndent("", "  ")
		_ = enc.Encode(found) // a pipe that was closed wants no more
		return
	}
	for _, f := range found {
		fmt.Fprintln(c.out, file.Format(f))
	}
}

func (c *flowsCall) test() int {
	batches, err := c.batches()
	if err != nil {
		return c.fail(err)
	}
	code, count := exitOK, 0
	for _, b := range batches {
		compiled := flows.Trusted(b.set.Drafts) // a flow with faults can be tried too
		if flows.Blocks(b.set.Found) {
			c.report(b.named(b.set.Found))
			return exitFaults
		}
		for _, k := range b.set.Kept {
			i := slices.IndexFunc(compiled, func(f *flows.Flow) bool { return f.ID == k.Flow })
			for _, t := range k.Tests {
				count++
				wrong := flows.Replay(compiled[i], t)
				if len(wrong) == 0 {
					fmt.Fprintf(c.out, "goed  %s: %s\n", k.Flow, t.Name)
					continue
				}
				code = exitFaults
				fmt.Fprintf(c.out, "FOUT  %s: %s\n", k.Flow, t.Name)
				for _, w := range wrong {
					fmt.Fprintf(c.out, "      %s\n", w)
				}
			}
		}
	}
	if count == 0 {
		fmt.Fprintln(c.out, "er zijn geen bewaarde gesprekken; ze staan in een bestand zoals checkin.test.yaml")
	}
	return code
}

func (c *flowsCall) format() int {
	if len(c.paths) == 0 {
		fmt.Fprintln(c.errOut, "houvast flows format: name files or folders; see: houvast flows -h")
		return exitUsage
	}
	var names []string
	for _, path := range c.paths {
		if info, err := os.Stat(path); err != nil {
			return c.fail(err)
		} else if !info.IsDir() {
			if filepath.Ext(path) != ".yaml" {
				return c.fail(notAFlow(path))
			}
			names = append(names, path)
			continue
		}
		more, err := filepath.Glob(filepath.Join(path, "*.yaml"))
		if err != nil {
			return c.fail(err)
		}
		if len(more) == 0 {
			return c.fail(noFlow(path))
		}
		names = append(names, more...)
	}
	code := exitOK
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			return c.fail(err)
		}
		formatted, found := file.Canonical(filepath.Base(name), src)
		if formatted == nil {
			for i := range found {
				found[i].File = name
			}
			c.report(found)
			code = exitFaults
			continue
		}
		if string(formatted) == string(src) {
			continue
		}
		fmt.Fprintln(c.out, name)
		if c.list {
			code = exitFaults
			continue
		}
		if err := os.WriteFile(name, formatted, 0o644); err != nil {
			return c.fail(err)
		}
	}
	return code
}

// flow reads the one flow that was named, with the other flows in its folder to
// call. Faults in it are told on errOut; it is then still handed over, because a
// flow under way must be possible to look at. Without a flow it is nil, and what
// to exit with is returned.
func (c *flowsCall) flow() (*flows.Flow, int) {
	if len(c.paths) != 1 {
		fmt.Fprintln(c.errOut, "houvast flows: name one file; see: houvast flows -h")
		return nil, exitUsage
	}
	path := c.paths[0]
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, c.fail(fmt.Errorf("%s is a folder: name one flow in it", path))
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, c.fail(err)
	}
	d, found := file.ReadFlow(path, src)
	beside := file.ReadSet(os.DirFS(filepath.Dir(path)))
	linked := flows.Trusted(beside.Drafts)
	i := slices.IndexFunc(linked, func(f *flows.Flow) bool { return f.ID == d.ID })
	if i < 0 {
		linked, i = flows.Trusted([]flows.Draft{d}), 0
	}
	if !flows.Blocks(found) {
		for _, f := range check.Flow(linked[i].Draft) {
			if f.File == "" {
				f.File = filepath.Base(path)
			}
			f.File = filepath.Join(filepath.Dir(path), f.File)
			found = append(found, f)
		}
	}
	for _, f := range found {
		if f.Level == flows.Fault {
			fmt.Fprintln(c.errOut, file.Format(f))
		}
	}
	if d.ID == "" || len(d.Steps) == 0 {
		return nil, exitFaults
	}
	return linked[i], exitOK
}

// everybody is a person who has everyone around them.
func everybody(language string) flows.Person {
	return flows.Person{Language: language, Facts: map[string]string{
		"naam": "Ria", "vast_contact": "Samira", "vast_contact_rol": "sociaal team", "back_up": "Tom", "maatje": "Joost",
		"team": "Sociaal Team Noord", "uitnodiger": "Samira", "welkom": "Hallo Ria, fijn dat je er bent.", "lezer": "Samira",
		"leestijden": "op werkdagen", "ritme_in_woorden": "elke week", "gemeente": "Voorbeeldstad",
	}}
}

func (c *flowsCall) explore() int {
	if c.most < 1 {
		fmt.Fprintln(c.errOut, "houvast flows explore: -n is at least 1")
		return exitUsage
	}
	f, code := c.flow()
	if f == nil {
		return code
	}
	e := check.Explore(f, everybody(c.language), c.most, 1)
	if e.Sampled {
		fmt.Fprintf(c.out, "meer dan %d gesprekken: een steekproef van %d\n", c.most, e.Conversations)
	} else {
		fmt.Fprintf(c.out, "%d verschillende gesprekken\n", e.Conversations)
	}
	counts(c.out, "afloop", e.Ends)
	counts(c.out, "signalen", e.Signals)
	fmt.Fprintf(c.out, "langste: %d antwoorden: %s\n", e.Questions, moves(e.Longest))
	if e.Endless > 0 {
		fmt.Fprintf(c.out, "%d gesprekken waren na 60 antwoorden nog bezig\n", e.Endless)
	}
	for _, m := range e.Stuck {
		fmt.Fprintf(c.out, "FOUT  blijft hangen: %s\n", moves(m))
	}
	for _, m := range e.Helpless {
		fmt.Fprintf(c.out, "FOUT  eindigt zonder hulp: %s\n", moves(m))
	}
	if len(e.Stuck)+len(e.Helpless) > 0 {
		return exitFaults
	}
	if e.Sampled {
		fmt.Fprintln(c.out, "in deze steekproef loopt geen gesprek vast, en is er na een slecht antwoord altijd hulp")
		return exitOK
	}
	fmt.Fprintln(c.out, "geen enkel gesprek loopt vast; na een slecht antwoord is er altijd hulp")
	return exitOK
}

func counts(out io.Writer, what string, m map[string]int) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(out, "%-9s %6d  %s\n", what, m[key], key)
		what = ""
	}
}

func moves(ms []flows.Move) string {
	if len(ms) == 0 {
		return "(meteen klaar)"
	}
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.String()
	}
	return strings.Join(out, ", ")
}

func (c *flowsCall) draw() int {
	f, code := c.flow()
	if f == nil {
		return code
	}
	svg, err := web.DrawFlow(context.Background(), &f.Draft)
	if err != nil {
		return c.fail(err)
	}
	if c.output == "" {
		if _, err := c.out.Write(svg); err != nil {
			return c.fail(err)
		}
		return exitOK
	}
	if err := os.WriteFile(c.output, svg, 0o644); err != nil {
		return c.fail(err)
	}
	fmt.Fprintln(c.out, c.output)
	return exitOK
}

func (c *flowsCall) schema() int {
	if _, err := c.out.Write(file.Schema()); err != nil {
		return c.fail(err)
	}
	return exitOK
}

const helpPlay = `  een nummer of de woorden van een knop: dat antwoord
  andere woorden                       : je eigen woorden (in het echt wordt daar eerst in gezocht naar gevaar)
  terug, spraak, foto                  : zoals het er staat
  wacht 4h                             : de tijd gaat voorbij
  stop                                 : klaar
`

// play holds the conversation in the terminal, with invented facts. What leaves
// for people is shown with an arrow.
func (c *flowsCall) play() int {
	f, code := c.flow()
	if f == nil {
		return code
	}
	pl := flows.NewPlayer(f, everybody(c.language))
	c.show(pl.Effects)
	lines := bufio.NewScanner(c.in)
	for pl.State.Waits() {
		fmt.Fprint(c.out, "> ")
		if !lines.Scan() {
			fmt.Fprintln(c.out)
			break
		}
		line := strings.TrimSpace(lines.Text())
		switch line {
		case "":
			continue
		case "stop":
			return exitOK
		case "hulp":
			fmt.Fprint(c.out, helpPlay)
			continue
		}
		effects, err := pl.Do(spoken(pl, line))
		if err != nil {
			fmt.Fprintf(c.out, "  (%v)\n", err)
		}
		c.show(effects)
	}
	return exitOK
}

// spoken reads a line from the terminal as a move.
func spoken(pl *flows.Player, line string) flows.Move {
	if m, err := flows.ParseMove(line); err == nil && m.Do != "tekst" {
		return m
	}
	if open, ok := pl.Open(); ok {
		var n int
		if _, err := fmt.Sscanf(line, "%d", &n); err == nil && n >= 1 && n <= len(open.Buttons) && fmt.Sprint(n) == line {
			return flows.Move{Do: "kies", With: open.Buttons[n-1].ID}
		}
	}
	return flows.Move{Do: "tekst", With: line}
}

func (c *flowsCall) show(effects []flows.Effect) {
	say := func(text string, numbers bool) {
		if text == "" && !numbers {
			return
		}
		if numbers {
			text += "\n[de nummers: 112, 113, huisartsenpost, Luisterlijn]"
		}
		for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
			fmt.Fprintf(c.out, "  %s\n", line)
		}
	}
	for _, e := range effects {
		switch e := e.(type) {
		case flows.Say:
			say(e.Text, e.Numbers)
		case flows.Ask:
			say(e.Text, e.Numbers)
			for i, b := range e.Buttons {
				fmt.Fprintf(c.out, "    %d [%s]\n", i+1, b.Label)
			}
		case flows.Show:
			say(e.Text, false)
			fmt.Fprintf(c.out, "  [hier toont het huis: %s]\n", e.What)
		case flows.Signal:
			what := "signaal"
			if e.Adds {
				what = "erbij"
			}
			fmt.Fprintf(c.out, "  → %s %s: %s%s\n", what, e.Kind, e.Text, shared(e.Share))
			say(e.Tell, false)
		case flows.Contact:
			fmt.Fprintf(c.out, "  → contact met %s %s %s%s\n", e.With, e.When, e.How, shared(e.Share))
			say(e.Tell, false)
		case flows.Handoff:
			say(e.Text, false)
			fmt.Fprintf(c.out, "  → %s neemt het over; typ teruggeven\n", e.To)
		case flows.Schedule:
			fmt.Fprintf(c.out, "  → over %s: %s %s\n", flows.FormatDuration(e.In), e.Flow, e.At)
		case flows.Remember:
			fmt.Fprintf(c.out, "  → onthoudt %s = %s (%s)\n", e.Name, e.Value, flows.FormatDuration(e.Keep))
		case flows.Interrupt:
			fmt.Fprintf(c.out, "  → gaat naar %s\n", e.Name)
		case flows.End:
			say(e.Text, false)
			fmt.Fprintf(c.out, "  → einde: %s\n", e.Outcome)
		case flows.Stale:
			fmt.Fprintln(c.out, "  (die vraag is voorbij)")
		}
	}
}

func shared(as []flows.Answer) string {
	if len(as) == 0 {
		return ""
	}
	out := make([]string, len(as))
	for i, a := range as {
		out[i] = a.Name + ": " + a.Value
		switch {
		case a.Label != "":
			out[i] = a.Name + ": " + a.Label
		case a.Media != "":
			out[i] = strings.TrimSpace(a.Name + ": [" + a.Kind + "] " + a.Value)
		}
	}
	return " (" + strings.Join(out, "; ") + ")"
}
