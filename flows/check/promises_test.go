package check_test

import (
	"slices"
	"testing"

	"houvast/flows/check"
)

// What may not be said, by language, in a text, a question, a button or a
// reminder.
func TestNoTextSaysWhatPeopleDo(t *testing.T) {
	t.Parallel()
	for language, texts := range map[string][]string{
		"nl": {
			"Iemand komt zo.", "Er komt zo iemand.", "Er komt iemand bij je langs.", "Samira komt morgen.", "Morgen komt Samira.", "Dan belt Samira je.",
			"{maatje} weet het al.", "{vast_contact} heeft het gelezen.", "Het team heeft je bericht gelezen.", "Je bericht is gelezen.", "We lezen dit vandaag.",
			"Rustig maar, iemand belt je zo.", "Je mag alles zeggen, want het team leest mee.", "Als het nacht is, komt er iemand.", "Je wordt vandaag gebeld.",
			"Je hoort vandaag van {team}.", "Hulp is onderweg.", "Er is altijd iemand.", "Het team is dag en nacht bereikbaar.", "De dokter ziet dit.",
			"Wacht even: je maatje komt eraan!", "Iemand komt zo, goed?", "Wij helpen je.", "Niemand leest dit.", "{wie} heeft het opgepakt.",
			"Goed dat je het zegt.\nEen hulpverlener neemt contact op.", "Ja, Samira belt mij", "😊 Joost is onderweg", "{lezer} komt op een werkdag.", "{lezer} heeft het gelezen.",
			"Er is iemand die het leest.", "Een collega gaat je bellen.", "{lezer} leest dit meteen.",
		},
		"en": {
			"Someone will come.", "Somebody is coming.", "Samira calls you back.", "{maatje} knows about it.", "The team has read this.", "We read everything.",
			"Don't worry, the doctor will call.", "You may write, and the team reads along.", "Help is on the way.", "You will hear from {team} today.", "There is always someone.",
			"Tomorrow Samira will visit.", "{lezer} has read it.",
		},
		"de": {"Jemand ruft dich an.", "Das Team hat es gelesen.", "Hilfe ist unterwegs."},
		"fr": {"Quelqu'un va t'appeler.", "L'équipe a lu ton message."},
		"es": {"Alguien te llamará.", "El equipo ha leído tu mensaje."},
		"pl": {"Ktoś do ciebie zadzwoni.", "Zespół przeczytał to."},
		"tr": {"Biri seni arayacak.", "Ekip bunu okudu."},
		"ar": {"سيتصل بك شخص ما.", "قرأ الفريق رسالتك."},
	} {
		if !slices.Contains(check.ClaimLanguages(), language) {
			t.Errorf("%s is not among the languages", language)
		}
		for _, text := range texts {
			if check.Claim(text, language) == "" {
				t.Errorf("%s: nothing was found in %q", language, text)
			}
		}
	}
}

// What may be said: what Houvast does, what is asked, what is chosen, and what
// the network itself says.
func TestWhatHouvastDoesMayBeSaid(t *testing.T) {
	t.Parallel()
	for language, texts := range map[string][]string{
		"nl": {
			"Ik geef het door. {belofte}", "Ik geef het door aan {vast_contact}.", "Ik vraag het {maatje}. {belofte}", "Iemand mag mij bellen", "Mag het team dit lezen?", "Wie mag het horen?",
			"Wil je dat iemand je belt?", "Komt er vandaag iemand bij je langs?", "Wat helpt jou nu het meest?", "Ik ben een computer, geen mens.", "Ik lees dat het misschien moeilijk is.",
			"Weet ik niet", "Ja, met {maatje}", "Laat mijn mensen zien", "Zal ik dit doorgeven aan het team?", "{lezer} leest op werkdagen wat je schrijft.", "Zij lezen {leestijden}, niet dag en nacht.",
			"{lezer} kijkt ernaar op een werkdag.", "Dan hoor je het van mij.", "Hoi {naam}. Het is weer tijd voor je check-in.", "Bel 112 of je huisarts.", "Ik wil iemand spreken", "Je check-in komt weer op dinsdag.",
			"Ik vraag of {maatje} je belt. {belofte}", "Als iemand het oppakt, zeg ik het hier.", "Achter mij werken mensen van {team}.", "Hoe gaat het met je?", "Dit bedrijf kan meelezen.", "Wandelen helpt soms.", "Alles blijft zoals het was.",
		},
		"en": {
			"I'll pass it on. {belofte}", "Someone may call me", "May the team read this?", "Who may hear it?", "What helps you most now?", "I am a computer. I read that it may be hard for you.",
			"I don't know", "{lezer} reads what you write on working days.", "They read {leestijden}, not day and night.", "Call one of the numbers.", "Do you want somebody to call you?", "Does anyone visit you?", "Everything stays as it was.",
		},
	} {
		for _, text := range texts {
			if got := check.Claim(text, language); got != "" {
				t.Errorf("%s: %q is found in %q", language, got, text)
			}
		}
	}
}
