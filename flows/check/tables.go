// This file is made of the table: go test ./flows/check -run Documentation -update

// # Findings
//
// By code. A fout blocks publishing, a let op must be seen, a tip may be hidden.
//
//	lezen              fout    a file or folder cannot be opened
//	te_groot           fout    a file is larger than any flow could be
//	yaml               fout    broken YAML: an indent, a quote, a colon, or bytes that are no text
//	leeg               fout    an empty file
//	twee_delen         fout    two documents in one file
//	opmerking          let op  a # comment, which the canonical form cannot keep; note: can
//	houvast            fout    the version of the language is missing, broken, or newer than this Houvast
//	bestandsnaam       fout    a flow in a file of another name
//	flow               fout    a translation or test of a flow that is not there
//	vorm               fout    a list where a value belongs, or the other way round
//	dubbel             fout    one name twice: steps, buttons, words, flows
//	onbekend           fout    a word that is not in the language
//	ontbreekt          fout    a word that must be there
//	geen_soort         fout    a step that does nothing: it has no verb
//	twee_soorten       fout    a step with two verbs
//	soort              fout    an ask that is no kind of question
//	getal              fout    no number where one belongs
//	waarheid           fout    neither true nor false
//	tijd               fout    no time such as 30m, 22h or 90d
//	stemming           fout    a mood that is not bad
//	voorwaarde         fout    a condition that cannot be read, or mixes and with or
//	proef              fout    a kept conversation that nobody can play, or that expects nothing
//	geen_stappen       fout    a flow without steps
//	naam               fout    an id that is not [a-z][a-z0-9_]{0,23}, or one the engine uses itself
//	knopcode           fout    a button id so long that Telegram's 64 bytes could not hold it
//	zelfde_naam        fout    two different questions, or a question and a fact, under one name
//	keuze              fout    a word that is not among those that can stand there
//	feit               fout    uses names a fact that the house does not know
//	dubbel_feit        let op  uses names a fact twice
//	taal               fout    a language that is none, or languages without the flow's own
//	tijdstip           fout    no time of day such as 09:30
//	datum              fout    no date such as 2026-11-01
//	start              fout    the first step is not there
//	knoppen            fout    a choice of fewer than two
//	zelfde_knop        let op  two buttons that read alike
//	gewoon_woord       let op  a button called as a word that works everywhere, such as stop
//	geen_knop_over     fout    a question whose buttons may all be left out, because they name people who may not be there
//	schaal             fout    a scale of fewer than two or more than ten numbers
//	zonder_woorden     fout    media without alt
//	spraak             fout    voice or photos are accepted in a language in which the engine cannot say that it does not read them
//	contact_knop       fout    a contact button without words
//	lege_tekst         fout    a text without words
//	te_lang            fout    a text longer than a message or caption can be
//	lange_tekst        let op  a text longer than reads well: over 300 characters
//	lange_knop         let op  a button longer than a small phone shows: over 28 characters
//	leesbaar           tip     a sentence of more than 10 words, a word of more than 4 syllables, u for je
//	invulplek          fout    a placeholder that is not known, stands where nobody fills it, or differs in a translation
//	vertaling          fout    a language is promised and texts are missing in it
//	oude_vertaling     let op  a text changed after it was translated
//	wees               let op  words for something that is not there any more
//	stil_signaal       fout    something leaves and the resident does not hear of it: no tell
//	belofte            fout    a text that says somebody comes, calls, knows, reads or has read, in any language; only {belofte} may promise
//	belofte_taal       let op  a language in which nobody but a reader can see whether a text promises something about people
//	crisis_signaal     fout    signal: crisis outside the flow after the crisis card
//	hoort              fout    heard_by is not a question in which the resident says who may hear
//	toestemming        fout    own words are carried on without a yes, or also when nothing was answered
//	onbekend_antwoord  fout    an answer is read that no question saves
//	onbekende_knop     fout    a condition on a button that the question does not have
//	soort_antwoord     fout    a word is counted with, own words are compared, or a value is remembered as something else
//	buiten_schaal      let op  a comparison that is always or never true on that scale
//	bewaartijd         fout    a remembered value without a keep time
//	nooit_gelezen      let op  a remembered value that nobody reads
//	wachttijd          fout    a question that waits for ever, or a handoff that is never given back
//	herinnering        let op  a reminder after the end of waiting, or within five minutes; a tip when there is none
//	lang_wachten       let op  a question that waits longer than a week
//	geen_eigenaar      tip     nobody answers for the words
//	doel               fout    a way to a step that is not there
//	doodlopend         fout    an answer or step that goes nowhere
//	anders             fout    a branch without else
//	onbereikbaar       let op  a step nobody can come to
//	geen_einde         fout    a step from which no conversation ends
//	lus                fout    a ring without a question: the engine would never stop
//	stil_stuk          fout    more than 50 steps without a question
//	herhaling          fout    a ring that can be gone round more than 10 times; a warning when nothing counts the turns
//	geduld             fout    a patient flow that somebody would have to worry about
//	misschien_leeg     let op  an answer is shown before it was surely given
//	nooit_gevraagd     let op  a condition on an answer that cannot have been given yet
//	verborgen_rij      let op  a row of a branch that an earlier one always takes
//	veel_vragen        let op  more than 8 questions on a way, or more than 5 minutes
//	geen_hulp          fout    the key proof: after an answer marked bad or risky a conversation can end without a signal, a human or the crisis card
//	aanroep            fout    a call, schedule or interrupt to a flow that is not there
//	rondroep           fout    flows that call each other in a ring
//	eigen_herhaling    let op  a flow that schedules itself without a limit
//	ver_van_mens       fout    a question from which a human is more than two taps away
//	gevaarwoord        fout    a button that reads like danger, so that typing it would raise the alarm
//	gevaarwoord_taal   fout    a language in which the lexicon has no crisis words
//	stille_uren        let op  a time, or the reminder after it, in the quiet hours
//	naam_weg           let op  a step, button or answer that running conversations or reports still use
//	lang_geleden       tip     not read over for six months
//	proef_mislukt      fout    a kept conversation does not go as it went
//	verkenning         fout    the explorer found a conversation that gets stuck, or a bad one that ends without help
package check
