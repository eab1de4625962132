package flows

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// A plainState is read by encoding/json alone.
type plainState State

// sameAsPlain checks that bytes are read, or refused, as encoding/json by itself
// would, and that a state read from them is written and read again as it is.
func sameAsPlain(t interface {
	Helper()
	Fatalf(string, ...any)
}, stored []byte) {
	t.Helper()
	var got State
	var want plainState
	err, wantErr := json.Unmarshal(stored, &got), json.Unmarshal(stored, &want)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%s: got error %v, encoding/json gives %v", stored, err, wantErr)
	}
	if bare := new(State); (bare.UnmarshalJSON(stored) == nil) != (wantErr == nil) || wantErr == nil && !reflect.DeepEqual(*bare, State(want)) {
		t.Fatalf("%s: read by itself as %+v, encoding/json gives %+v", stored, *bare, want)
	}
	if wantErr != nil {
		return
	}
	if !reflect.DeepEqual(got, State(want)) {
		t.Fatalf("%s: read as %+v, encoding/json gives %+v", stored, got, want)
	}
	again, err := json.Marshal(got)
	if err != nil {
		t.Fatalf("%s: %v", stored, err)
	}
	var kept State
	if err := json.Unmarshal(again, &kept); err != nil {
		t.Fatalf("%s: %v", again, err)
	}
	if more, _ := json.Marshal(kept); string(more) != string(again) {
		t.Fatalf("written as %s, and then as %s", again, more)
	}
}

// Any state is read as encoding/json reads it, also with words in it that were
// meant to confuse.
func TestAStoredStateIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	word := rapid.OneOf(rapid.StringMatching(`[a-z_]{0,9}`), rapid.String(),
		rapid.SampledFrom([]string{`"`, `\`, "\n", "}", `","s":"x`, "<b>", "\u2028", "\xff", "😣 é", `{"f":1}`, "a\x00"}))
	list := rapid.SliceOfN(word, 0, 6)
	rapid.Check(t, func(t *rapid.T) {
		s := State{
			Flow: word.Draw(t, "flow"), Version: rapid.Int().Draw(t, "version"), Step: word.Draw(t, "step"), Ask: rapid.Int().Draw(t, "ask"),
			Answers: rapid.MapOfN(word, word, 0, 5).Draw(t, "answers"), Part: list.Draw(t, "part"), Trail: list.Draw(t, "trail"), Raised: list.Draw(t, "raised"),
			Below: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Place {
				return Place{Flow: word.Draw(t, "flow"), Version: rapid.IntRange(-9, 200).Draw(t, "version"), Step: word.Draw(t, "step")}
			}), 0, 3).Draw(t, "below"),
		}
		stored, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if plain, _ := json.Marshal(plainState(s)); string(plain) != string(stored) {
			t.Fatalf("stored as %s, encoding/json writes %s", stored, plain)
		}
		sameAsPlain(t, stored)
	})
}

// What the engine stores is read by hand, every field of it.
func TestAStateIsReadByHand(t *testing.T) {
	t.Parallel()
	whole := State{Flow: "checkin", Version: 120, Step: "slaap", Ask: 3, Answers: map[string]string{"stemming": "slecht", "verhaal": "Ruzie met één iemand… 😣"},
		Part: []string{"vandaag"}, Below: []Place{{Flow: "meer", Version: 0, Step: "klaar"}, {Flow: "menu", Version: 3, Step: "b"}},
		Trail: []string{"stemming", "1:veilig+x", "a", "b", "c"}, Raised: []string{"distress"}}
	for i, v := range reflect.ValueOf(whole).Fields() {
		if v.IsZero() {
			t.Errorf("%s is not tried here", i.Name)
		}
	}
	for _, s := range []State{whole, {Flow: "checkin", Step: "slaap", Ask: 1}} {
		stored, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := readState(string(stored)); !ok || !reflect.DeepEqual(got, s) {
			t.Errorf("%s was read by hand as %+v, %t", stored, got, ok)
		}
	}
}

// Any bytes give a state or an error, and never another state than encoding/json gives.
func FuzzStoredState(f *testing.F) {
	for _, stored := range []string{
		`{}`, `null`, `{"f":"checkin","v":12,"s":"slaap","q":3,"a":{"stemming":"slecht","veilig":"ja"},"t":["stemming","1:veilig+x"]}`,
		`{"f":"a","p":["a","b"],"b":[{"f":"meer","v":0,"s":"klaar"},{"f":"x","v":3,"s":"y"}],"r":["distress"]}`,
		`{"s":"a","f":"b"}`, `{"F":"a"}`, `{"q":01}`, `{"q":-0}`, `{"q":1.0}`, `{"q":1e3}`, `{"q":99999999999999999999}`, `{"q":+1}`, `{"q":-}`, `{"q":}`,
		`{"f":"a",}`, `{,"f":"a"}`, `{"f":"a"`, `{"f":"a"}}`, ` {"f": "a"} `, `{"a":{"x":"1","x":"2"}}`, `{"a":{}}`, `{"a":null}`, `{"t":[]}`, `{"t":["a",]}`,
		`{"t":["a"`, `{"b":[{}]}`, `{"b":[}]}`, `{"b":[{"v":2}]}`, `{"b":[{"s":"x"}]}`, `{"b":[{"f":"x","v":1,"s":"y","z":1}]}`, `{"f":"a\"b"}`, `{"f":"\u0041"}`, "{\"f\":\"\xff\"}", "{\"f\":\"a\nb\"}",
		`{"f":"a","f":"b"}`, `{"f":1}`, `{"z":1,"f":"a"}`, `[]`, `"f"`, `{"a":{"x":1}}`, ``, `{`, `{"`,
	} {
		f.Add([]byte(stored))
	}
	f.Fuzz(func(t *testing.T, stored []byte) { sameAsPlain(t, stored) })
}
