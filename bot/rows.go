package bot

import (
	"time"

	"houvast/flows"
	"houvast/signals"
)

// An Account is a chat on Telegram. Everybody who ever wrote has one; only an
// invitation links it to a resident or a peer expert. One person may be both:
// the one side never shows on the other.
type Account struct {
	ID       int64
	Chat     string    // sealed; looked up by a keyed hash
	Resident int64     // 0: not linked as a resident
	Person   string    // key in the network, for peer experts and reserve channels; empty: none
	Linked   time.Time // when Person came in here
	ReplyTo  int64     // the signal to which the peer expert's next words are an answer; 0: none
	ReplyAt  time.Time
	Yes      bool      // the peer expert's own yes
	Side     string    // "resident" or "peer": which side the keyboard shows, for who is both
	Said     []string  // what a peer expert wrote, and has not said yet for whom it is
	SaidAt   time.Time // when the first of it was written
	SaidOwn  bool      // there are words of danger in it: nobody gets it unasked
	Offer    int64     // how often they were asked for whom it is
	Language string
	Blocked  bool // the person blocked the bot

	WrongCodes  int // since WrongSince
	WrongSince  time.Time
	LockedUntil time.Time // no code is looked at until then
	NumbersAt   time.Time // when the numbers were last sent to a chat that is not linked
}

// A Resident is somebody who lives in the municipality and was invited.
type Resident struct {
	ID        int64
	Nickname  string
	Circle    signals.Circle
	Welcome   string    // the inviter's own sentence
	InvitedBy string    // key of a person
	Account   int64     // 0: the invitation is still open
	Invite    int64     // the newest invitation: the ones before it let nobody in
	LetGo     time.Time // their chat was let go, and nobody said yet who comes in next: what is kept shows to no one; zero: it was not
	Stage     Stage
	Consent   *Consent
	Rhythm    string    // cron line in the municipality's zone; empty: no check-ins
	NextAsk   time.Time // next check-in
	PauseTill time.Time // no check-ins until then; far away: until they say so
	Erase     time.Time // they asked that everything of them goes, and a human must first end what is open; zero: no
	Stopped   time.Time // they asked the bot not to write; zero: they did not

	Facts map[string]Fact // what flows remember

	Human    string    // key of the person who last answered
	HumanAt  time.Time // for 24 hours words go to that person
	Contact  time.Time // last contact with a human
	Missed   int       // check-ins in a row without an answer
	LateTold time.Time
	Made     time.Time
}

// agreed reports whether what the resident writes may be kept and read: whoever
// holds this phone said yes on it. What they press and danger are heard without.
func (r *Resident) agreed() bool {
	return r.Consent != nil && (r.Stage == StageActive || r.Stage == StageWaiting)
}

// A Stage is how far a resident has come in.
type Stage string

// The stages.
const (
	StageInvited Stage = "invited" // has a code
	StageWelcome Stage = "welcome" // is in the welcome, has not said yes
	StageWaiting Stage = "waiting" // said yes; the inviter has not confirmed who it is
	StageActive  Stage = "active"
	StageRefused Stage = "refused" // said no; may come back
	StageMinor   Stage = "minor"   // under 18; may say otherwise
	StageOther   Stage = "other"   // turned out to be somebody else than was invited; leads to nobody
)

// Consent is the resident's yes: to which text, when, by which way.
type Consent struct {
	At      time.Time
	Flow    string
	Version int
}

// A Fact is a value a flow remembers, and until when it is kept.
type Fact struct {
	Value string
	Until time.Time // zero: until it is changed
}

// A Conversation is one talk with one person, on one version of one flow.
type Conversation struct {
	ID       int64
	Account  int64
	Resident int64  // 0: a peer expert's own
	Flow     string // which it began as, also after its end
	Version  int
	State    flows.State
	Signal   int64   // the signal that its answers add to
	CheckIn  int64   // the check-in that it is
	About    []int64 // the words that it is about, or that were said in it
	Waiting  bool
	Asked    string         // the text of the open question as it was sent, so that an answered one can be closed
	Posted   int            // how often the open question was put
	Lane     Lane           // in which it was put
	Offered  []flows.Button // the buttons under it
	AskedAt  time.Time      // when the open question was put
	Made     time.Time
	Changed  time.Time
}

// A Signal is something that people must hear of one resident. It is closed by
// a person with a reason, never by time.
type Signal struct {
	ID       int64
	Resident int64
	Kind     signals.Kind
	State    SignalState
	Team     string // key
	Channel  string // where its card stands
	Owner    string // key of the person who owns it; empty: the team
	HeardBy  string // what the resident chose
	Peers    []string

	Opened     time.Time
	TakenBy    string
	TakenAt    time.Time
	ClosedBy   string
	ClosedAt   time.Time
	Reason     string
	FalseAlarm bool

	Text       string         // what the flow says for professionals, without words
	Shared     []flows.Answer // what the resident agreed to share
	Wishes     []string       // what was added: "mag bellen", "vandaag"
	Hits       []signals.Hit  // class and pattern of crisis words
	Promised   string         // the very sentence that the resident was told, in Dutch
	Told       string         // the same in the language of their chat, if that is another
	Stopped    bool           // the resident had asked the bot not to write, and was told nothing about it
	Reserved   bool           // somebody was pinged on a reserve channel
	Step       int
	Asked      int
	Repeats    int
	Handed     string    // who had it before
	GivenTo    string    // who it was handed to and has not taken it up yet
	Since      time.Time // when its clocks began anew; zero: Opened
	Heard      []string  // everybody who was named on the card or heard it on their phone
	Nudges     int       // how often it was called for at the bottom of the channel
	Quieted    int       // how many of those were made quiet
	ReadBy     []string  // who pressed Lees
	Tries      int       // how often somebody tried to reach the resident
	Answered   time.Time // last answer a professional sent
	ToldNobody bool      // the resident was told honestly that nobody was reached
}

// A SignalState is where a signal stands.
type SignalState string

// The states of a signal.
const (
	Open   SignalState = "open"
	Taken  SignalState = "taken"
	Closed SignalState = "closed"
)

// A Word is something a resident sent in their own words or pictures.
type Word struct {
	ID       int64
	Resident int64
	Signal   int64 // 0: given to nobody yet
	At       time.Time
	Text     string
	Media    *Media
	Message  string // Telegram's id of it, so that an edit finds it
	Edited   bool
	By       string // key of the peer expert who wrote it about the resident; empty: the resident
	Share    bool   // the resident agreed that the channel or peer may see it
}

// An Invite is a code that links one chat to one resident or peer expert. The
// code itself is never kept, only its hash.
type Invite struct {
	ID       int64
	Hash     []byte // SHA-256 of the code
	Resident int64
	Person   string // a peer expert's key, or a professional's for the reserve channel
	By       string // key of the inviter
	Welcome  string // the inviter's own sentence, for a resident
	Made     time.Time
	Until    time.Time
	Used     time.Time
	UsedBy   int64 // account
}

// A Timer makes something happen at Due. Of one key there is one.
type Timer struct {
	ID   int64
	Key  string // "signal:17", "ask:5", "remind:5", "rhythm:3", "pause:3"
	Due  time.Time
	Kind TimerKind

	Account      int64
	Resident     int64
	Signal       int64
	Conversation int64
	Ask          int
	Text         string
}

// A TimerKind is what a timer is for.
type TimerKind string

// The kinds of timer.
const (
	TimerSignal TimerKind = "signal" // look at an open or taken signal again
	TimerRemind TimerKind = "remind" // ask once more, gently
	TimerGiveUp TimerKind = "give_up"
	TimerRhythm TimerKind = "rhythm" // a check-in is due
	TimerFlow   TimerKind = "flow"   // a flow that was scheduled
	TimerLeft   TimerKind = "left"   // a peer expert is no longer there for a signal
	TimerAgain  TimerKind = "again"  // a peer expert sees on a new telephone what stands with them
	TimerSaid   TimerKind = "said"   // a peer expert has not said for whom their words are
	TimerWords  TimerKind = "words"  // words that nobody was given go to the one who reads
)

// A LogLine says who looked at what of whom, or did what. Never a word of it.
type LogLine struct {
	ID       int64
	At       time.Time
	Who      string // key of a person, or "resident", or "houvast"
	Resident int64
	Signal   int64
	Did      string // "read", "took", "answered", "handed", "closed", "invited", "confirmed" ...
}

// A DeadLetter is something that could not be read or decided. Its raw form is sealed.
type DeadLetter struct {
	ID    int64
	At    time.Time
	Door  string
	Event string
	Why   string
	Raw   []byte
}

// A CheckIn is one moment at which a resident had asked to be asked: what became
// of it. Every moment has exactly one.
type CheckIn struct {
	ID       int64
	Resident int64
	Planned  time.Time // unique with Resident
	State    string    // "queued", "sent", "late", "answered", "silent", "skipped"
	Reason   string    // of a skip: "pause", "stopped", "downtime", "busy", "blocked", "moved"
	At       time.Time
}
