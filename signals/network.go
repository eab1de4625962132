// Package signals decides who hears it: to whom a cry, a wish or good news goes,
// what may be promised about it, and who hears it next when nobody answers.
//
//	network.go  who is who in a municipality, and what was agreed about signals
//	check.go    what is wrong with that, in Dutch
//	route.go    who hears a signal, and again after time went by or it was taken up
//	promise.go  what a resident may be told about being read
//
// It knows nothing of words: whether somebody cries for help is found by lexicon.
package signals

import (
	"time"

	"houvast/scheduler"
)

// A Kind is what a signal is about. It decides who hears it and how fast.
type Kind string

// The kinds of signal. Good news is one of them, with a route of its own.
const (
	Crisis        Kind = "crisis"
	Distress      Kind = "distress"
	ContactWish   Kind = "contact"
	GoodNews      Kind = "good_news"
	MissedCheckIn Kind = "missed_checkin"
	PeerWorry     Kind = "peer_worry"
	PracticalHelp Kind = "practical_help"
	Unreadable    Kind = "unreadable" // something that came in could not be read; the team looks
	Reading       Kind = "reading"    // words that were given to nobody, for the one who reads in the wijk
	Arrival       Kind = "arrival"    // an invited resident said yes or no; the inviter looks who it is
)

// A Network is who is who in one municipality: its wijken, teams, people, hours,
// numbers, and who owns which kind of signal. It never changes after it was
// read; a new one takes its place.
type Network struct {
	Municipality string
	Zone         *time.Location
	Holidays     string // "nl", or empty
	Roles        map[string]string
	Numbers      []Number // in the order of the file
	Wijken       map[string]Wijk
	Teams        map[string]Team
	People       map[string]Person
	Rules        map[Kind]Rule

	asked *asked // nil in every network that is handed out
}

// A Number is a telephone number or chat a resident can turn to, with the day
// somebody last checked it. Older than six months is a warning, than twelve a fault.
type Number struct {
	Key     string // "alarm", "113", "luisterlijn", "huisartsenpost"
	Number  string
	Also    string // a second number, such as 0800-0113
	Chat    string // address of a chat, for somebody who finds phoning hard
	For     string // when to use it, in the resident's words
	Checked time.Time
}

// A Wijk is a neighbourhood. Whatever has no other owner ends with its team.
type Wijk struct {
	Key, Name string
	Team      string // key of a team
	Reader    string // key of the one person who reads what was not shared, on working days
}

// A Team is a group of professionals with a private channel and duty hours.
type Team struct {
	Key, Name      string
	Channel        string // private channel in Mattermost
	GoodNews       string // channel for good news; empty: Channel
	WordsInChannel string // "none", "good_news" or "shared"
	Members        []string
	Duty           scheduler.Hours // when somebody of the team is at work
	OutOfHours     string          // text when nobody is
	OutNumbers     []string        // number keys that go with it
	Coordinator    string
}

// A Person is a professional, peer expert or coordinator.
type Person struct {
	Key, Name    string // Name is a first name, as residents see it
	Role         string // key of Roles
	Mattermost   string // user name, for professionals
	Days         scheduler.Days
	For, NotFor  string
	Cover        string // who steps in
	Backup       string // for a peer expert
	Reserve      string // "telegram": a wordless ping there when all else is silent
	MaxResidents int
	Quiet        scheduler.Hours // no messages in these hours
	Absent       []Absence
}

// Peer reports whether p is a peer expert, who is reached on Telegram.
func (p Person) Peer() bool { return p.Role == "maatje" }

// An Absence is from the first moment away to the moment back, with the one who covers.
type Absence struct {
	From, Until time.Time
	Cover       string
}

// A Rule is the network's agreement about one kind of signal.
type Rule struct {
	Owner      string        // "team", "fixed_contact", "chosen_contact", "chosen_contacts", "maatje"
	ReadWithin Span          // the promise; zero: none is made
	Repeat     time.Duration // how often a card that nobody took up calls again, while there is somebody it has not called
	Nudge      time.Duration
	Steps      []EscalationStep
	AskOwner   time.Duration // after it was taken up: ask the owner how it stands
	BackToTeam time.Duration // and then give it back to the team
}

// A Span is a length of time as people agree on it: hours, or working days.
// For all that is not a crisis, it counts office hours only.
type Span struct {
	For         time.Duration
	WorkingDays int
	NextMorning bool // the next working morning
}

// An EscalationStep is who else hears a signal nobody took up.
type EscalationStep struct {
	After Span
	To    string // "team", "cover", "coordinator", "second_on_duty", "everyone_on_duty"
	Tell  string // "nobody": the resident is told honestly that nobody was reached
}

// A Circle is the people around one resident, as the resident agreed.
type Circle struct {
	Wijk    string
	Primary string   // the fixed contact
	Backups []string // in order; at least one
	Maatje  string   // the peer expert, or empty
}

// A Case is what routing needs to know about one signal.
type Case struct {
	Kind    Kind
	Circle  Circle
	HeardBy string // what the resident chose: fixed_contact, maatje, team, everyone, nobody, the key of a person, or several with commas; empty: the rule
	Opened  time.Time
	TakenBy string    // key of the person who took it up, or empty
	TakenAt time.Time // when they did, or last said how it stands
	Step    int       // escalation steps already taken; for good news, nudges
	Asked   int       // after it was taken up: how often the owner was asked

	Since    time.Time // when its clocks began anew, because it was given back or handed over; zero: Opened
	GivenTo  string    // key of the person it was handed to, who has not taken it up yet; or empty
	Heard    []string  // keys of everybody who was named on the card or heard it on Telegram
	Reserved bool      // people on duty were pinged on their reserve channel
}

// A Route is who hears a signal now, and what may be promised.
type Route struct {
	Owner    string   // key of the person who owns it, or empty: the team does
	Team     string   // key of the team it stands with
	Channel  string   // where its card stands; empty: on no channel, only Peers hear it
	Mention  []string // keys of professionals to be named on the card so that their phone rings
	Peers    []string // keys of peer experts who hear it on Telegram now
	Promise  Promise
	Nobody   bool      // nobody is on duty: the honest text with Numbers
	Numbers  []Number  // that belong with the text; for a crisis always
	Urgent   bool      // a crisis: Mattermost's urgent priority
	NextAt   time.Time // when to look again; zero only if Next would never do anything
	Resident bool      // the resident must be told that nobody could be reached
	Reserve  []string  // keys of people to ping, wordless, on their reserve channel
	Step     int       // what Case.Step becomes
	Asked    int       // what Case.Asked becomes
	Since    time.Time // what Case.Since becomes
	AskOwner bool      // ask the one who took it up how it stands; the answer sets TakenAt anew and Asked to 0
	Return   bool      // nobody answered, or the owner is away: it goes back to the team, and TakenBy becomes empty
	Repeat   bool      // show the card again, at the bottom
}

// A Promise is what was agreed about reading, at one moment.
type Promise struct {
	Who     string    // first name of the person, as a resident knows it; empty: the team
	By      time.Time // zero: no moment is promised
	Nobody  bool      // nobody at work now
	Opens   time.Time // when somebody is again
	Working bool      // somebody is at work now
	Closed  string    // the team's own words for nobody at work; empty: ours
}
