package check

import (
	"fmt"
	"strings"

	"houvast/flows"
)

// A Code explains one kind of finding.
type Code struct {
	Code  string
	Level flows.Level
	About string
}

// Codes lists every finding there can be, in the order in which a file is looked
// at: how it is written, what is in it, where its ways lead, what lies between
// flows. A code that comes in two levels stands here with the higher one.
func Codes() []Code {
	return []Code{
		// how it is written
		{"lezen", flows.Fault, "a file or folder cannot be opened"},
		{"te_groot", flows.Fault, "a file is larger than any flow could be"},
		{"yaml", flows.Fault, "broken YAML: an indent, a quote, a colon, or bytes that are no text"},
		{"leeg", flows.Fault, "an empty file"},
		{"twee_delen", flows.Fault, "two documents in one file"},
		{"opmerking", flows.Warning, "a # comment, which the canonical form cannot keep; note: can"},
		{"houvast", flows.Fault, "the version of the language is missing, broken, or newer than this Houvast"},
		{"bestandsnaam", flows.Fault, "a flow in a file of another name"},
		{"flow", flows.Fault, "a translation or test of a flow that is not there"},
		{"vorm", flows.Fault, "a list where a value belongs, or the other way round"},
		{"dubbel", flows.Fault, "one name twice: steps, buttons, words, flows"},
		{"onbekend", flows.Fault, "a word that is not in the language"},
		{"ontbreekt", flows.Fault, "a word that must be there"},
		{"geen_soort", flows.Fault, "a step that does nothing: it has no verb"},
		{"twee_soorten", flows.Fault, "a step with two verbs"},
		{"soort", flows.Fault, "an ask that is no kind of question"},
		{"getal", flows.Fault, "no number where one belongs"},
		{"waarheid", flows.Fault, "neither true nor false"},
		{"tijd", flows.Fault, "no time such as 30m, 22h or 90d"},
		{"stemming", flows.Fault, "a mood that is not bad"},
		{"voorwaarde", flows.Fault, "a condition that cannot be read, or mixes and with or"},
		{"proef", flows.Fault, "a kept conversation that nobody can play, or that expects nothing"},

		// what is in it
		{"geen_stappen", flows.Fault, "a flow without steps"},
		{"naam", flows.Fault, "an id that is not [a-z][a-z0-9_]{0,23}, or one the engine uses itself"},
		{"knopcode", flows.Fault, "a button id so long that Telegram's 64 bytes could not hold it"},
		{"zelfde_naam", flows.Fault, "two different questions, or a question and a fact, under one name"},
		{"keuze", flows.Fault, "a word that is not among those that can stand there"},
		{"feit", flows.Fault, "uses names a fact that the house does not know"},
		{"dubbel_feit", flows.Warning, "uses names a fact twice"},
		{"taal", flows.Fault, "a language that is none, or languages without the flow's own"},
		{"tijdstip", flows.Fault, "no time of day such as 09:30"},
		{"datum", flows.Fault, "no date such as 2026-11-01"},
		{"start", flows.Fault, "the first step is not there"},
		{"knoppen", flows.Fault, "a choice of fewer than two"},
		{"zelfde_knop", flows.Warning, "two buttons that read alike"},
		{"gewoon_woord", flows.Warning, "a button called as a word that works everywhere, such as stop"},
		{"geen_knop_over", flows.Fault, "a question whose buttons may all be left out, because they name people who may not be there"},
		{"schaal", flows.Fault, "a scale of fewer than two or more than ten numbers"},
		{"zonder_woorden", flows.Fault, "media without alt"},
		{"spraak", flows.Fault, "voice or photos are accepted in a language in which the engine cannot say that it does not read them"},
		{"contact_knop", flows.Fault, "a contact button without words"},
		{"lege_tekst", flows.Fault, "a text without words"},
		{"te_lang", flows.Fault, "a text longer than a message or caption can be"},
		{"lange_tekst", flows.Warning, "a text longer than reads well: over 300 characters"},
		{"lange_knop", flows.Warning, "a button longer than a small phone shows: over 28 characters"},
		{"leesbaar", flows.Tip, "a sentence of more than 10 words, a word of more than 4 syllables, u for je"},
		{"invulplek", flows.Fault, "a placeholder that is not known, stands where nobody fills it, or differs in a translation"},
		{"vertaling", flows.Fault, "a language is promised and texts are missing in it"},
		{"oude_vertaling", flows.Warning, "a text changed after it was translated"},
		{"wees", flows.Warning, "words for something that is not there any more"},
		{"stil_signaal", flows.Fault, "something leaves and the resident does not hear of it: no tell"},
		{"belofte", flows.Fault, "a text that says somebody comes, calls, knows, reads or has read, in any language; only {belofte} may promise"},
		{"belofte_taal", flows.Warning, "a language in which nobody but a reader can see whether a text promises something about people"},
		{"crisis_signaal", flows.Fault, "signal: crisis outside the flow after the crisis card"},
		{"hoort", flows.Fault, "heard_by is not a question in which the resident says who may hear"},
		{"toestemming", flows.Fault, "own words are carried on without a yes, or also when nothing was answered"},
		{"onbekend_antwoord", flows.Fault, "an answer is read that no question saves"},
		{"onbekende_knop", flows.Fault, "a condition on a button that the question does not have"},
		{"soort_antwoord", flows.Fault, "a word is counted with, own words are compared, or a value is remembered as something else"},
		{"buiten_schaal", flows.Warning, "a comparison that is always or never true on that scale"},
		{"bewaartijd", flows.Fault, "a remembered value without a keep time"},
		{"nooit_gelezen", flows.Warning, "a remembered value that nobody reads"},
		{"wachttijd", flows.Fault, "a question that waits for ever, or a handoff that is never given back"},
		{"herinnering", flows.Warning, "a reminder after the end of waiting, or within five minutes; a tip when there is none"},
		{"lang_wachten", flows.Warning, "a question that waits longer than a week"},
		{"geen_eigenaar", flows.Tip, "nobody answers for the words"},

		// where its ways lead
		{"doel", flows.Fault, "a way to a step that is not there"},
		{"doodlopend", flows.Fault, "an answer or step that goes nowhere"},
		{"anders", flows.Fault, "a branch without else"},
		{"onbereikbaar", flows.Warning, "a step nobody can come to"},
		{"geen_einde", flows.Fault, "a step from which no conversation ends"},
		{"lus", flows.Fault, "a ring without a question: the engine would never stop"},
		{"stil_stuk", flows.Fault, "more than 50 steps without a question"},
		{"herhaling", flows.Fault, "a ring that can be gone round more than 10 times; a warning when nothing counts the turns"},
		{"geduld", flows.Fault, "a patient flow that somebody would have to worry about"},
		{"misschien_leeg", flows.Warning, "an answer is shown before it was surely given"},
		{"nooit_gevraagd", flows.Warning, "a condition on an answer that cannot have been given yet"},
		{"verborgen_rij", flows.Warning, "a row of a branch that an earlier one always takes"},
		{"veel_vragen", flows.Warning, "more than 8 questions on a way, or more than 5 minutes"},
		{"geen_hulp", flows.Fault, "the key proof: after an answer marked bad or risky a conversation can end without a signal, a human or the crisis card"},

		// between flows, and between the flows and the house
		{"aanroep", flows.Fault, "a call, schedule or interrupt to a flow that is not there"},
		{"rondroep", flows.Fault, "flows that call each other in a ring"},
		{"eigen_herhaling", flows.Warning, "a flow that schedules itself without a limit"},
		{"ver_van_mens", flows.Fault, "a question from which a human is more than two taps away"},
		{"gevaarwoord", flows.Fault, "a button that reads like danger, so that typing it would raise the alarm"},
		{"gevaarwoord_taal", flows.Fault, "a language in which the lexicon has no crisis words"},
		{"stille_uren", flows.Warning, "a time, or the reminder after it, in the quiet hours"},
		{"naam_weg", flows.Warning, "a step, button or answer that running conversations or reports still use"},
		{"lang_geleden", flows.Tip, "not read over for six months"},
		{"proef_mislukt", flows.Fault, "a kept conversation does not go as it went"},
		{"verkenning", flows.Fault, "the explorer found a conversation that gets stuck, or a bad one that ends without help"},
	}
}

// CodeTable writes the codes as the package's documentation has them.
func CodeTable() string {
	var b strings.Builder
	for _, c := range Codes() {
		fmt.Fprintf(&b, "//\t%-18s %-7s %s\n", c.Code, c.Level, c.About)
	}
	return b.String()
}
