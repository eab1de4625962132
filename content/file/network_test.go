package file_test

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"houvast/content/file"
	"houvast/flows"
	"houvast/scheduler"
	"houvast/signals"
)

//go:embed testdata/netwerk.yaml
var netwerk string

var today = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// The example of the contract is read without a single finding, and means what it says.
func TestReadNetwork(t *testing.T) {
	t.Parallel()
	n, found := file.ReadNetwork("netwerk.yaml", []byte(netwerk), today)
	for _, f := range found {
		t.Error(file.Format(f))
	}
	team := n.Teams["sociaal_team_noord"]
	if got, want := team.Duty.String(), "ma-vr 09:00-17:00"; got != want {
		t.Errorf("duty is %s, want %s", got, want)
	}
	if got, want := team.Members, []string{"samira", "tom"}; !slices.Equal(got, want) {
		t.Errorf("members are %v, want %v", got, want)
	}
	if got, want := team.OutNumbers, []string{"huisartsenpost", "113", "luisterlijn", "alarm"}; !slices.Equal(got, want) {
		t.Errorf("numbers out of hours are %v, want %v", got, want)
	}
	if n.Zone.String() != "Europe/Amsterdam" || n.Holidays != scheduler.Dutch {
		t.Errorf("zone %v, holidays %q", n.Zone, n.Holidays)
	}
	samira, joost := n.People["samira"], n.People["joost"]
	if got, want := samira.Days.String(), "ma, di, do, vr"; got != want {
		t.Errorf("samira works %s, want %s", got, want)
	}
	if samira.Reserve != "telegram" || samira.Cover != "tom" || samira.NotFor != "Medicijnen" {
		t.Errorf("samira is %+v", samira)
	}
	if !joost.Peer() || joost.Quiet.String() != "ma-zo 21:00-09:00" || joost.MaxResidents != 8 || joost.Backup != "samira" {
		t.Errorf("joost is %+v", joost)
	}
	keys := make([]string, 0, 4)
	for _, x := range n.Numbers {
		keys = append(keys, x.Key+" "+x.Number)
	}
	if got, want := strings.Join(keys, ", "), "alarm 112, 113 113, luisterlijn 088 0767 000, huisartsenpost 030 000 00 00"; got != want {
		t.Errorf("numbers are %s, want %s", got, want)
	}
	for _, k := range []signals.Kind{signals.Crisis, signals.Distress, signals.ContactWish, signals.GoodNews} {
		got, want := n.Rules[k], signals.DefaultRule(k)
		if got.Owner != want.Owner || got.ReadWithin != want.ReadWithin || got.Repeat != want.Repeat || got.Nudge != want.Nudge ||
			got.AskOwner != want.AskOwner || got.BackToTeam != want.BackToTeam || !slices.Equal(got.Steps, want.Steps) {
			t.Errorf("%s is %+v, want %+v", k, got, want)
		}
	}
}

// An absence is written as two days, the second the first day back, and wins over the standing cover.
func TestReadAbsence(t *testing.T) {
	t.Parallel()
	src := strings.Replace(netwerk, "    cover: tom\n", "    cover: tom\n    absent: [{from: 2026-12-21, until: 2027-01-04, cover: fatma}]\n", 1)
	n, found := file.ReadNetwork("netwerk.yaml", []byte(src), today)
	for _, f := range found {
		t.Error(file.Format(f))
	}
	away := time.Date(2026, time.December, 31, 10, 0, 0, 0, n.Zone)
	if n.Available("samira", away) {
		t.Error("samira is available on holiday")
	}
	if got := n.Covering("samira", away); got != "fatma" {
		t.Errorf("covering is %q, want fatma", got)
	}
}

// broken is a slip of the pen in the example, and the finding it must give.
type broken struct {
	code     string
	old, new string
	at       string // where in the new file the finding points; the first place it stands
	level    flows.Level
	hint     string
}

// slips holds one for every code; some codes have more.
var slips = []broken{
	{code: "houvast", old: "houvast: 1", new: "houvast: 2", at: "2\nmunicipality"},
	{code: "houvast", old: "houvast: 1\n", new: "", at: "# The network", hint: "houvast: 1"},
	{code: "yaml", old: "members: [samira, tom]", new: "members: [samira, tom"},
	{code: "onbekend", old: "not_for: Medicijnen", new: "niet_voor: Medicijnen", at: "niet_voor"},
	{code: "onbekend", old: "    coordinator: fatma", new: "    cordinator: fatma", at: "cordinator", hint: "bedoel je 'coordinator'?"},
	{code: "dubbel", old: "    role: coordinator\n", new: "    role: coordinator\n    role: maatje\n", at: "role: maatje\n    mattermost: fatma"},
	{code: "vorm", old: "members: [samira, tom]", new: "members: [[samira], tom]", at: "[samira], tom"},
	{code: "vorm", old: "    steps: [{after: 1 werkdag, to: cover}]", new: "    steps: na een dag", at: "na een dag"},
	{code: "uren", old: `"09:00-17:00"`, new: `"9 tot 5"`, at: `"9 tot 5"`},
	{code: "uren", old: `"21:00-09:00"`, new: `"21:00-21:00"`, at: `"21:00-21:00"`},
	{code: "dagen", old: "days: [ma, di, do, vr]", new: "days: [ma, donderdag, vrij]", at: "[ma, donderdag"},
	{code: "dagen", old: "ma-vr:", new: "mavr:", at: "mavr:"},
	{code: "duur", old: "repeat: 60m", new: "repeat: een uur", at: "een uur", hint: "schrijf 10m"},
	{code: "duur", old: "read_within: 2 werkdagen", new: "read_within: 2 dagen", at: "2 dagen"},
	{code: "datum", old: "checked: 2026-11-01}\n  \"113\"", new: "checked: 1 november}\n  \"113\"", at: "1 november"},
	{code: "getal", old: "max_residents: 8", new: "max_residents: acht", at: "acht"},
	{code: "tijdzone", old: "zone: Europe/Amsterdam", new: "zone: Amsterdam", at: "Amsterdam\n"},

	{code: "ontbreekt", old: "municipality: Voorbeeldstad\n", new: "", at: ""},
	{code: "ontbreekt", old: "    name: Tom\n", new: "", at: "tom:\n"},
	{code: "ontbreekt", old: "    channel: signalen-noord         # private in Mattermost\n", new: "", at: "sociaal_team_noord:\n    name"},
	{code: "persoon_onbekend", old: "members: [samira, tom]", new: "members: [samira, tim]", at: "tim]", hint: "bedoel je 'tom'?"},
	{code: "persoon_onbekend", old: "backup: samira", new: "backup: yara", at: "yara"},
	{code: "team_onbekend", old: "    team: sociaal_team_noord ", new: "    team: sociaal_team_nord ", at: "sociaal_team_nord ", hint: "bedoel je 'sociaal_team_noord'?"},
	{code: "ontbreekt", old: "    team: sociaal_team_noord        # het bedje: whatever has no other owner ends here\n", new: "", at: "noord:\n    name: Noord"},
	{code: "ontbreekt", old: "    reader: samira ", new: "    reader: ", at: "reader: "},
	{code: "nummer_onbekend", old: "luisterlijn, alarm]", new: "luistelijn, alarm]", at: "luistelijn", hint: "bedoel je 'luisterlijn'?"},
	{code: "rol_onbekend", old: "    role: maatje", new: "    role: maat", at: "maat ", hint: "bedoel je 'maatje'?"},
	{code: "soort_onbekend", old: "  peer_worry:", new: "  peer_wory:", at: "peer_wory", hint: "bedoel je 'peer_worry'?"},
	{code: "eigenaar_onbekend", old: "    owner: fixed_contact", new: "    owner: fixed_contacts", at: "fixed_contacts", hint: "bedoel je 'fixed_contact'?"},
	{code: "eigenaar_onbekend", old: "  crisis:\n    owner: team", new: "  crisis:\n    owner: fixed_contact", at: "fixed_contact\n    repeat: 5m"},
	{code: "eigenaar_ontbreekt", old: "  missed_checkin:\n    owner: maatje\n", new: "", at: "signals:"},
	{code: "eigenaar_ontbreekt", old: "  missed_checkin:\n    owner: maatje\n", new: "  missed_checkin:\n    repeat: 60m\n", at: "missed_checkin"},
	{code: "feestdagen_onbekend", old: "holidays: nl ", new: "holidays: be ", at: "be "},
	{code: "kanaal_naam", old: "channel: signalen-noord ", new: "channel: Signalen Noord ", at: "Signalen Noord"},
	{code: "kanaal_dubbel", old: "good_news: goed-nieuws-noord", new: "good_news: signalen-noord", at: "signalen-noord\n    words"},
	{code: "kanaal_onbekend", old: "reserve: telegram", new: "reserve: telegraaf", at: "telegraaf", hint: "bedoel je 'telegram'?"},
	{code: "woorden_onbekend", old: "words_in_channel: none ", new: "words_in_channel: all ", at: "all "},
	{code: "woorden_in_kanaal", old: "words_in_channel: none ", new: "words_in_channel: shared ", at: "shared ", level: flows.Warning},
	{code: "nummer_oud", old: "Vandaag nog een dokter, checked: 2026-11-01", new: "Vandaag nog een dokter, checked: 2026-05-01", at: "2026-05-01", level: flows.Warning},
	{code: "nummer_te_oud", old: "Vandaag nog een dokter, checked: 2026-11-01", new: "Vandaag nog een dokter, checked: 2025-11-01", at: "2025-11-01"},
	{code: "nummer_te_oud", old: "Vandaag nog een dokter, checked: 2026-11-01", new: "Vandaag nog een dokter, checked: 2062-11-01", at: "2062-11-01"},
	{code: "nummer_ontbreekt", old: `  "113":          {`, new: `  zelfdoding:     {`, at: "numbers:", hint: "noem 113 '113'"},
	{code: "nummer_ontbreekt", old: `number: "112"`, new: `number: "122"`, at: "numbers:"},
	{code: "buiten_uren", old: "      text: Er is nu niemand van ons aan het werk.\n", new: "", at: "out_of_hours:"},
	{code: "uren_ontbreken", old: "    duty:\n      ma-vr: \"09:00-17:00\"\n", new: "", at: "sociaal_team_noord:\n    name"},
	{code: "niemand_op_dag", old: "days: [ma, wo, do]", new: "days: [ma, do]", at: "duty:", level: flows.Warning},
	{code: "dagen_ontbreken", old: "    days: [ma, wo, do]\n", new: "", at: "tom:\n"},
	{code: "lid_rol", old: "members: [samira, tom]", new: "members: [samira, tom, joost]", at: "joost]"},
	{code: "coordinator", old: "    coordinator: fatma\n", new: "", at: "sociaal_team_noord:\n    name", level: flows.Warning},
	{code: "reserve_ontbreekt", old: "    reserve: telegram ", new: "    reserve: ", at: "[samira, tom]", level: flows.Warning},
	{code: "mattermost_ontbreekt", old: "    mattermost: tom\n", new: "", at: "tom:\n"},
	{code: "naam_dubbel", old: "name: Tom", new: "name: samira", at: "samira\n    role: sociaal_team\n    mattermost: tom"},
	{code: "naam_dubbel", old: "mattermost: tom", new: "mattermost: samira", at: "samira\n    days: [ma, wo, do]"},
	{code: "vervanging_ontbreekt", old: "    cover: samira\n", new: "    absent: [{from: 2026-12-21, until: 2027-01-04}]\n", at: "{from: 2026-12-21"},
	{code: "vervanging_rond", old: "    cover: tom\n", new: "    cover: samira\n", at: "samira\n    reserve"},
	{code: "vervanging_rond", old: "    cover: samira\n", new: "    absent: [{from: 2026-12-21, until: 2027-01-04, cover: tom}]\n", at: "{from: 2026-12-21"},
	{code: "vervanging_rol", old: "    cover: tom\n", new: "    cover: joost\n", at: "joost\n    reserve"},
	{code: "vervanging_rond", at: "{from: 2026-12-21", old: "    cover: tom\n    reserve: telegram               # wordless ping there when Mattermost does not answer or nobody reacts\n  tom:\n    name: Tom\n    role: sociaal_team\n    mattermost: tom\n    days: [ma, wo, do]\n    cover: samira\n",
		new: "    absent: [{from: 2026-12-21, until: 2027-01-04, cover: tom}]\n  tom:\n    name: Tom\n    role: sociaal_team\n    mattermost: tom\n    days: [ma, wo, do]\n    absent: [{from: 2026-12-28, until: 2027-01-04, cover: samira}]\n"},
	{code: "afwezig_volgorde", old: "    cover: samira\n", new: "    cover: samira\n    absent: [{from: 2026-12-21, until: 2026-12-20}]\n", at: "2026-12-20"},
	{code: "achterwacht", old: "    backup: samira\n", new: "", at: "joost:\n"},
	{code: "achterwacht", old: `quiet: "21:00-09:00"`, new: `quiet: "00:00-24:00"`, at: `"00:00-24:00"`},
	{code: "max_bewoners", old: "    max_residents: 8\n", new: "", at: "joost:\n"},
	{code: "stap_onbekend", old: "to: second_on_duty", new: "to: second_on_dutty", at: "second_on_dutty", hint: "bedoel je 'second_on_duty'?"},
	{code: "stap_onbekend", old: "tell: nobody", new: "tell: iemand", at: "iemand}"},
	{code: "stap_leeg", old: "{after: 1 werkdag, to: cover}", new: "{after: 1 werkdag}", at: "{after: 1 werkdag}"},
	{code: "stap_volgorde", old: "{after: 15m, to: everyone_on_duty}", new: "{after: 5m, to: everyone_on_duty}", at: "5m, to: every"},
	{code: "crisis_afgezwakt", old: "    repeat: 5m\n", new: "", at: "crisis:\n"},
	{code: "crisis_afgezwakt", old: ", {after: 20m, tell: nobody}", new: "", at: "[{after: 10m"},
	{code: "crisis_afgezwakt", old: "back_to_team: 30m", new: "back_to_team: 10m", at: "{ask_owner"},
}

// Every slip is told with its code, its place and what to do; and every code has a slip.
func TestNetworkFindings(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for _, b := range slips {
		covered[b.code] = true
		t.Run(b.code+" "+b.at, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(netwerk, b.old) {
				t.Fatalf("the example does not hold %q", b.old)
			}
			src := strings.Replace(netwerk, b.old, b.new, 1)
			_, found := file.ReadNetwork("netwerk.yaml", []byte(src), today)
			i := slices.IndexFunc(found, func(f file.Finding) bool { return f.Code == b.code })
			if i < 0 {
				t.Fatalf("no finding %q; found %v", b.code, found)
			}
			f := found[i]
			level := b.level
			if level == "" {
				level = flows.Fault
			}
			if f.Level != level {
				t.Errorf("level is %s, want %s", f.Level, level)
			}
			if b.at != "" && !strings.HasPrefix(from(src, f.Line, f.Col), b.at) {
				t.Errorf("%s\npoints at %q, want %q", file.Format(f), firstLine(from(src, f.Line, f.Col)), b.at)
			}
			if !strings.Contains(f.Hint, b.hint) {
				t.Errorf("hint is %q, want %q", f.Hint, b.hint)
			}
		})
	}
	for code := range maps.Keys(signals.FaultCodes()) {
		if !covered[code] {
			t.Errorf("nothing shows %q", code)
		}
	}
}

// from is the text from a line and column on.
func from(src string, line, col int) string {
	lines := strings.SplitAfter(src, "\n")
	if line < 1 || line > len(lines) || col < 1 || col > len(lines[line-1])+1 {
		return ""
	}
	return lines[line-1][col-1:] + strings.Join(lines[line:], "")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// All that is wrong is told at once, the first line first.
func TestAllFindingsAtOnce(t *testing.T) {
	t.Parallel()
	src := strings.NewReplacer("zone: Europe/Amsterdam", "zone: Mars", "cover: tom", "cover: tim", "tell: nobody", "tel: nobody").Replace(netwerk)
	_, found := file.ReadNetwork("netwerk.yaml", []byte(src), today)
	var got []string
	for _, f := range found {
		got = append(got, f.Code)
	}
	for _, want := range []string{"tijdzone", "persoon_onbekend", "onbekend", "crisis_afgezwakt"} {
		if !slices.Contains(got, want) {
			t.Errorf("found %v, want %s among them", got, want)
		}
	}
	if !slices.IsSortedFunc(found, func(a, b file.Finding) int { return a.Line - b.Line }) {
		t.Errorf("findings are not in the order of the file: %v", found)
	}
}

// Nothing that can be in a file makes the reader fail.
func FuzzReadNetwork(f *testing.F) {
	f.Add(netwerk)
	for _, s := range []string{"", "houvast: 1", "- a\n- b", "people:\n  a: [1]\nteams: 3", "signals: {crisis: {steps: [1]}}", "a: &x [*x]", "\x00", "zone: Local\nhouvast: 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		n, found := file.ReadNetwork("netwerk.yaml", []byte(src), today)
		if n == nil {
			t.Fatal("no network")
		}
		for _, x := range found {
			if x.Line < 0 || x.Col < 0 || x.Text == "" {
				t.Errorf("finding %+v", x)
			}
		}
		now := today
		c := signals.Case{Kind: signals.Distress, Circle: signals.Circle{Wijk: "noord", Primary: "samira"}, Opened: now}
		if r := n.Open(c, now); r.NextAt.IsZero() {
			t.Errorf("no next look with %q", src)
		}
	})
}
