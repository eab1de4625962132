package flows

// Format is the version of the language. A file says "houvast: 1"; a file with a
// higher number was written for a newer Houvast and is refused.
const Format = 1

// A Form is how a word of the language is filled in.
type Form string

// The forms.
const (
	FormText     Form = "text"     // words a person reads
	FormPlain    Form = "plain"    // words for the coordinator or the professional
	FormName     Form = "name"     // [a-z][a-z0-9_]{0,23}
	FormNames    Form = "names"    // a list of names
	FormOne      Form = "one"      // one of Among
	FormMany     Form = "many"     // a list of Among
	FormStep     Form = "step"     // the id of a step
	FormYes      Form = "yes"      // true or false
	FormNumber   Form = "number"   // a whole number
	FormDuration Form = "duration" // 30m, 22h, 90d
	FormClock    Form = "clock"    // "10:30"
	FormDate     Form = "date"     // 2026-11-01
	FormValue    Form = "value"    // a word, or a name and a little more
	FormShare    Form = "share"    // a list of names, each perhaps with "if" and a condition
	FormIf       Form = "if"       // a condition
	FormMap      Form = "map"      // names, each with the words in Inside
	FormGroup    Form = "group"    // the words in Inside
	FormRows     Form = "rows"     // a list of groups
	FormLabels   Form = "labels"   // names, each with a text
	FormSteps    Form = "steps"    // names, each with a step
)

// A Word is one key of the language.
type Word struct {
	Key    string
	Form   Form
	Must   bool     // a fault when it is missing
	Among  []string // for FormOne and FormMany
	Inside []Word   // for FormMap, FormGroup and FormRows
	About  string   // what it is for
}

// A Verb is what a step can do: the word it begins with, and the words that go
// with it.
type Verb struct {
	Kind  Kind
	Key   string // the word in the file; the four questions are all "ask"
	Of    Word   // how the word behind the verb is filled in
	Words []Word // in the order in which a file has them
	About string
}

// The kinds of signals. Who hears one, and when, is the network's to say.
const (
	SignalDistress  = "distress"
	SignalGoodNews  = "good_news"
	SignalContact   = "contact"
	SignalPractical = "practical_help"
	SignalWorry     = "peer_worry"

	// SignalCrisis only ever adds to the signal that the crisis card sent; no
	// flow can raise it.
	SignalCrisis = "crisis"
)

// FlowHard is the flow behind the button "Het is moeilijk", which is under every
// message.
const FlowHard = "moeilijk"

// FlowHuman is the flow behind the word "mens", which works everywhere.
const FlowHuman = "contact"

// FlowCrisis is the flow that follows the crisis card.
const FlowCrisis = "crisis"

// CrisisCard is what every flow can interrupt for.
const CrisisCard = "crisis"

// Signals lists the kinds of signals a flow can name.
func Signals() []string {
	return []string{SignalDistress, SignalGoodNews, SignalContact, SignalPractical, SignalWorry, SignalCrisis}
}

// Withs lists whom a contact can be with.
func Withs() []string { return []string{"fixed_contact", "maatje", "team"} }

// Hearers lists the button ids by which a resident says who may hear something.
func Hearers() []string { return []string{"fixed_contact", "maatje", "team", "everyone", "nobody"} }

// Shows lists what a flow can show. The house renders it.
func Shows() []string {
	return []string{"contacts", "numbers", "who_reads", "my_data", "rhythm", "looked", "social_map"}
}

// Facts lists what the house knows about a person, for a flow's uses.
func Facts() []string {
	return []string{
		"naam", "vast_contact", "vast_contact_rol", "back_up", "maatje", "team", "uitnodiger",
		"welkom", "lezer", "leestijden", "ritme_in_woorden", "gemeente",
	}
}

// KnownLabels lists the contact buttons that have words of their own.
func KnownLabels() []string {
	return []string{"vandaag", "morgen", "deze_week", "bellen", "berichtje", "langskomen"}
}

var (
	wordNote = Word{Key: "note", Form: FormPlain, About: "a remark for whoever edits the flow"}
	wordNext = Word{Key: "next", Form: FormStep, Must: true, About: "where it goes on"}
	wordSave = Word{Key: "save", Form: FormName, Must: true, About: "the name the answer is kept under"}
	wordNums = Word{Key: "numbers", Form: FormYes, About: "puts the crisis numbers into this message"}
	wordTell = Word{Key: "tell", Form: FormText, Must: true,
		About: "what the resident hears; {belofte} is what the network can promise at that moment"}
	wordShare = Word{Key: "share", Form: FormShare, About: "the answers it carries; own words only with a condition on consent"}
	wordMedia = Word{Key: "media", Form: FormName, About: "a picture or recording from the library"}
	wordAlt   = Word{Key: "alt", Form: FormText, About: "the picture or recording in words"}
	wordWait  = Word{Key: "waiting", Form: FormGroup, Inside: waitingWords, About: "what happens while the question stands open"}
	wordSkip  = Word{Key: "skip", Form: FormGroup, About: "a button that leaves the question open", Inside: []Word{
		{Key: "label", Form: FormText, Must: true, About: "the words on the button"},
		{Key: "next", Form: FormStep, About: "where it goes on; without it, where the step goes on"},
	}}
)

var waitingWords = []Word{
	{Key: "remind_after", Form: FormDuration, About: "one reminder, this long after the question"},
	{Key: "remind_text", Form: FormText, About: "the words of the reminder"},
	{Key: "give_up_after", Form: FormDuration, About: "from then on silence is the answer"},
	{Key: "then", Form: FormStep, About: "the step that silence leads to"},
}

// text is the question's own words.
func text(about string) Word { return Word{Key: "text", Form: FormText, Must: true, About: about} }

func buttonWords(next bool) []Word {
	words := []Word{{Key: "label", Form: FormText, Must: true, About: "the words on the button; one that names somebody who is not there is not offered"}}
	words = append(words,
		Word{Key: "mood", Form: FormOne, Among: []string{"bad"}, About: "bad: who presses it does not feel well"},
		Word{Key: "risk", Form: FormYes, About: "true: who presses it may be in danger"})
	if next {
		words = append(words, wordNext)
	}
	return words
}

// Verbs lists what a step can do, in the order of the documentation. The list is
// shared: do not change it.
func Verbs() []Verb { return verbTable }

// Head lists the words at the top of a flow, in the order of the file. The list
// is shared: do not change it.
func Head() []Word { return headTable }

var (
	verbTable = verbs()
	headTable = head()
)

func verbs() []Verb {
	return []Verb{
		{Kind: KindSay, Key: "say", Of: Word{Form: FormText, Must: true}, About: "sends a text",
			Words: []Word{wordNums, wordMedia, wordAlt, wordNext}},
		{Kind: KindChoice, Key: "ask", Of: Word{Form: FormOne, Among: []string{"choice"}}, About: "asks; one button is the answer",
			Words: []Word{wordNums, text("the question"), wordMedia, wordAlt, wordSave,
				{Key: "buttons", Form: FormMap, Must: true, Inside: buttonWords(true), About: "the answers, two or more, by the id that is kept"},
				wordSkip, wordWait}},
		{Kind: KindMulti, Key: "ask", Of: Word{Form: FormOne, Among: []string{"multi"}}, About: "asks; several buttons, and one for done",
			Words: []Word{wordNums, text("the question"), wordMedia, wordAlt, wordSave,
				{Key: "buttons", Form: FormMap, Must: true, Inside: buttonWords(false), About: "the answers, two or more, by the id that is kept"},
				{Key: "done", Form: FormText, About: "the words on the done button"},
				wordSkip, wordWait, wordNext}},
		{Kind: KindScale, Key: "ask", Of: Word{Form: FormOne, Among: []string{"scale"}}, About: "asks for a number",
			Words: []Word{wordNums, text("the question"), wordMedia, wordAlt, wordSave,
				{Key: "from", Form: FormNumber, Must: true, About: "the lowest number"},
				{Key: "to", Form: FormNumber, Must: true, About: "the highest; a scale has two to ten numbers"},
				{Key: "low", Form: FormText, Must: true, About: "what the lowest means"},
				{Key: "high", Form: FormText, Must: true, About: "what the highest means"},
				wordSkip, wordWait, wordNext}},
		{Kind: KindOpen, Key: "ask", Of: Word{Form: FormOne, Among: []string{"open"}}, About: "asks for own words",
			Words: []Word{wordNums,
				{Key: "accept", Form: FormMany, Must: true, Among: []string{"text", "voice", "photo"}, About: "in which ways it may be answered"},
				text("the question"), wordMedia, wordAlt, wordSave, wordSkip, wordWait, wordNext}},
		{Kind: KindBranch, Key: "branch", Of: Word{Form: FormRows, Must: true, Inside: []Word{
			{Key: "if", Form: FormIf, Must: true, About: "what must hold"}, wordNext}}, About: "goes on by what is known; the first row that holds",
			Words: []Word{{Key: "else", Form: FormStep, Must: true, About: "where it goes on when no row holds"}}},
		{Kind: KindSet, Key: "set", Of: Word{Form: FormName, Must: true}, About: "keeps a value",
			Words: []Word{{Key: "to", Form: FormValue, Must: true, About: "a word, a number, or a name and a number more"}, wordNext}},
		{Kind: KindSignal, Key: "signal", Of: Word{Form: FormOne, Must: true, Among: Signals()}, About: "passes something on to people; the network says to whom",
			Words: []Word{wordShare,
				{Key: "heard_by", Form: FormName, About: "the choice question in which the resident said who may hear it"},
				{Key: "text", Form: FormPlain, Must: true, About: "what the professional reads, without the resident's own words"},
				wordTell, wordNext}},
		{Kind: KindContact, Key: "contact", Of: Word{Form: FormOne, Must: true, Among: Withs()}, About: "asks for a person; when and how are asked in parts",
			Words: []Word{
				{Key: "when", Form: FormNames, About: "what may be chosen; a single one is taken without asking"},
				{Key: "how", Form: FormNames, About: "likewise"},
				{Key: "labels", Form: FormLabels, About: "own words on the buttons"},
				{Key: "text", Form: FormText, About: "the question; needed when something is asked"},
				wordShare, wordTell, wordWait, wordNext}},
		{Kind: KindShow, Key: "show", Of: Word{Form: FormOne, Must: true, Among: Shows()}, About: "shows something the house knows",
			Words: []Word{{Key: "text", Form: FormText, About: "words above it"}, wordNext}},
		{Kind: KindSchedule, Key: "schedule", Of: Word{Form: FormName, Must: true}, About: "starts another flow later; quiet hours shift it",
			Words: []Word{
				{Key: "in", Form: FormDuration, Must: true, About: "how much later"},
				{Key: "at", Form: FormClock, About: "at what time on that day"}, wordNext}},
		{Kind: KindHandoff, Key: "handoff", Of: Word{Form: FormOne, Must: true, Among: Withs()}, About: "a human takes over; the bot is silent until given back",
			Words: []Word{
				text("what the resident hears; may hold {belofte}"),
				{Key: "give_back_after", Form: FormDuration, Must: true, About: "then the bot takes over again by itself"}, wordNext}},
		{Kind: KindCall, Key: "call", Of: Word{Form: FormName, Must: true}, About: "has another flow first, then goes on",
			Words: []Word{wordNext}},
		{Kind: KindInterrupt, Key: "interrupt", Of: Word{Form: FormName, Must: true}, About: "leaves for the crisis card or another flow, and does not come back"},
		{Kind: KindEnd, Key: "end", Of: Word{Form: FormName, Must: true}, About: "says goodbye; the word behind it is the outcome",
			Words: []Word{{Key: "text", Form: FormText, About: "the goodbye; without it the flow ends in silence"}}},
	}
}

func head() []Word {
	return []Word{
		{Key: "houvast", Form: FormNumber, Must: true, About: "the version of the language: 1"},
		{Key: "flow", Form: FormName, Must: true, About: "the id of the flow, as in the name of its file"},
		{Key: "title", Form: FormPlain, Must: true, About: "for the coordinator"},
		{Key: "about", Form: FormPlain, About: "what the conversation is for"},
		wordNote,
		{Key: "owner", Form: FormPlain, About: "who answers for the words"},
		{Key: "reviewer", Form: FormPlain, About: "who read it last"},
		{Key: "reviewed", Form: FormDate, About: "when"},
		{Key: "language", Form: FormName, Must: true, About: "of the texts in this file"},
		{Key: "languages", Form: FormNames, About: "the languages it must be complete in"},
		{Key: "start", Form: FormStep, Must: true, About: "the first step"},
		{Key: "trigger", Form: FormGroup, About: "starts the flow by itself; a resident's own rhythm wins", Inside: []Word{
			{Key: "every", Form: FormOne, Must: true, Among: []string{"day", "week", "month"}, About: "how often"},
			{Key: "on", Form: FormPlain, About: "the day: ma to zo for a week, 1 to 28 for a month"},
			{Key: "at", Form: FormClock, Must: true, About: "the time, in the zone of the house"},
			{Key: "spread", Form: FormDuration, About: "people are spread over this long"},
		}},
		{Key: "uses", Form: FormNames, About: "the facts about a person it may read"},
		{Key: "remember", Form: FormMap, About: "values that outlive the conversation", Inside: []Word{
			{Key: "type", Form: FormOne, Must: true, Among: []string{"text", "choice", "number"}, About: "what it is"},
			{Key: "default", Form: FormPlain, About: "what it is before it was set"},
			{Key: "keep", Form: FormDuration, Must: true, About: "how long it is kept"},
		}},
		{Key: "patient", Form: FormYes, About: "true for menus and welcomes: questions stay open as long as it takes"},
		{Key: "waiting", Form: FormGroup, Inside: waitingWords, About: "for every question that does not say otherwise"},
		{Key: "steps", Form: FormSteps, Must: true, About: "the steps, by id"},
	}
}
