package content_test

import (
	"testing"

	"houvast/content"
	"houvast/flows/check"
)

// What the house itself says to residents keeps the same promise as the flows:
// nobody is said to come, know or read. Only what is said after a person did it
// may say so.
func TestHouseWordsSayNothingThatPeopleMustMakeTrue(t *testing.T) {
	t.Parallel()
	after := map[string]bool{
		"opgepakt.bewoner": true, "gezien.bewoner": true, "gelezen.bewoner": true, "wie.keek": true, "gevraagd.bewoner": true, "overgenomen.bewoner": true, "afgerond.bewoner": true, "niet.bereikt": true,
		"gegevens.opgepakt": true, "gegevens.soort.peer_worry": true, // what was, in the record of it
		"belofte.leest": true, "belofte.leest.om": true, // what was agreed with the team, by its own roster
		"mensen.reserve": true, // what somebody is there for, not what they do now
	}
	all, err := content.Words()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for key := range all["en"] { // what has an English sentence is what residents see
		for _, language := range []string{"nl", "en"} {
			seen++
			if claim := check.Claim(all[language][key], language); claim != "" && !after[key] {
				t.Errorf("%s in %s says of people: %q in %q", key, language, claim, all[language][key])
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d sentences were looked at", seen)
	}
}
