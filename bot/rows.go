package bot

import (
	"time"

	"houvast/flows"
	"houvast/signals"
	"houvast/signals/lexicon"
)

// What is zero in a row is not kept: most of a row is, and every turn reads some.

// An Account is a chat on Telegram. Everybody who ever wrote has one; only an
// invitation links it to a resident or a peer expert. One person may be both:
// the one side never shows on the other.
type Account struct {
	ID       int64
	Chat     string    `json:",omitzero"` // sealed; looked up by a keyed hash
	Resident int64     `json:",omitzero"` // 0: not linked as a resident
	Person   string    `json:",omitzero"` // key in the network, for peer experts and reserve channels; empty: none
	Linked   time.Time `json:",omitzero"` // when Person came in here
	ReplyTo  int64     `json:",omitzero"` // the signal to which the peer expert's next words are an answer; 0: none
	ReplyAt  time.Time `json:",omitzero"`
	Yes      bool      `json:",omitzero"` // the peer expert's own yes
	Side     string    `json:",omitzero"` // "resident" or "peer": which side the keyboard shows, for who is both
	Said     []string  `json:",omitzero"` // what a peer expert wrote, and has not said yet for whom it is
	SaidAt   time.Time `json:",omitzero"` // when the first of it was written
	SaidOwn  bool      `json:",omitzero"` // there are words of danger in it: nobody gets it unasked
	Offer    int64     `json:",omitzero"` // how often they were asked for whom it is
	Named    []int64   `json:",omitzero"` // the residents whom the open question names
	Whom     bool      `json:",omitzero"` // it went on to ask about which resident it is
	Language string    `json:",omitzero"`
	Blocked  bool      `json:",omitzero"` // the person blocked the bot

	WrongCodes  int       `json:",omitzero"` // since WrongSince
	WrongSince  time.Time `json:",omitzero"`
	LockedUntil time.Time `json:",omitzero"` // no code is looked at until then
	NumbersAt   time.Time `json:",omitzero"` // when the numbers were last sent to a chat that is not linked
}

// A Resident is somebody who lives in the municipality and was invited.
type Resident struct {
	ID        int64
	Nickname  string         `json:",omitzero"`
	Circle    signals.Circle `json:",omitzero"`
	Welcome   string         `json:",omitzero"` // the inviter's own sentence
	InvitedBy string         `json:",omitzero"` // key of a person
	Account   int64          `json:",omitzero"` // 0: the invitation is still open
	Invite    int64          `json:",omitzero"` // the newest invitation: the ones before it let nobody in
	LetGo     time.Time      `json:",omitzero"` // their chat was let go, and nobody said yet who comes in next: what is kept shows to no one; zero: it was not
	Former    []Former       `json:",omitzero"` // the chats that they had before, oldest first
	Held      []Held         `json:",omitzero"` // what people wrote to them that was still to come when their chat was let go
	Stage     Stage          `json:",omitzero"`
	Consent   *Consent       `json:",omitzero"`
	Rhythm    string         `json:",omitzero"` // cron line in the municipality's zone; empty: no check-ins
	NextAsk   time.Time      `json:",omitzero"` // next check-in
	PauseTill time.Time      `json:",omitzero"` // no check-ins until then; far away: until they say so
	Erase     time.Time      `json:",omitzero"` // they asked that everything of them goes, and a human must first end what is open; zero: no
	Stopped   time.Time      `json:",omitzero"` // they asked the bot not to write; zero: they did not

	Facts map[string]Fact `json:",omitzero"` // what flows remember

	Human    string    `json:",omitzero"` // key of the person who last answered
	HumanAt  time.Time `json:",omitzero"` // for 24 hours words go to that person
	Contact  time.Time `json:",omitzero"` // last contact with a human
	Spoken   time.Time `json:",omitzero"` // when somebody last said that they spoke with them; an answer that was sent is not that
	Missed   int       `json:",omitzero"` // check-ins in a row without an answer; whatever they send makes it none
	Invited  time.Time `json:",omitzero"` // when they were last asked all the same, since Missed is not none
	LateTold time.Time `json:",omitzero"`
	Made     time.Time `json:",omitzero"`
}

// A Former is a chat that a resident had until it was let go. It is kept so that what
// is left of it goes when they are forgotten.
type Former struct {
	Chat string
	Upto int64 // what has a lower id there is theirs
}

// A Held is what a person wrote to a resident and perhaps did not come. It comes when
// somebody said that it is them who has the new telephone.
type Held struct {
	At    time.Time
	By    string `json:",omitzero"` // key of the person; empty of what was kept before keys were
	Text  string // as it was to be sent
	Media *Media `json:",omitzero"`
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
	Account  int64          `json:",omitzero"`
	Resident int64          `json:",omitzero"` // 0: a peer expert's own
	Flow     string         `json:",omitzero"` // which it began as, also after its end
	Version  int            `json:",omitzero"`
	State    flows.State    `json:",omitzero"`
	Signal   int64          `json:",omitzero"` // the signal that its answers add to
	CheckIn  int64          `json:",omitzero"` // the check-in that it is
	Heard    bool           `json:",omitzero"` // of a check-in: no answer to it is no news: the resident sent something since, or people heard that there was none
	Begun    bool           `json:",omitzero"` // of a check-in: they answered in it; going back takes that back for them, and not for people
	About    []int64        `json:",omitzero"` // the words that it is about, or that were said in it
	Waiting  bool           `json:",omitzero"`
	Asked    string         `json:",omitzero"` // the text of the open question as it was sent, so that an answered one can be closed
	Posted   int            `json:",omitzero"` // how often the open question was put
	Lane     Lane           `json:",omitzero"` // in which it was put
	Offered  []flows.Button `json:",omitzero"` // the buttons under it
	AskedAt  time.Time      `json:",omitzero"` // when the open question was put
	Made     time.Time      `json:",omitzero"`
	Changed  time.Time      `json:",omitzero"`
}

// A Signal is something that people must hear of one resident. It is closed by
// a person with a reason, never by time.
type Signal struct {
	ID       int64
	Resident int64        `json:",omitzero"`
	Kind     signals.Kind `json:",omitzero"`
	State    SignalState  `json:",omitzero"`
	Team     string       `json:",omitzero"` // key
	Channel  string       `json:",omitzero"` // where its card stands
	Owner    string       `json:",omitzero"` // key of the person who owns it; empty: the team
	HeardBy  string       `json:",omitzero"` // what the resident chose
	Peers    []string     `json:",omitzero"`

	Opened     time.Time `json:",omitzero"`
	TakenBy    string    `json:",omitzero"`
	TakenAt    time.Time `json:",omitzero"`
	ClosedBy   string    `json:",omitzero"`
	ClosedAt   time.Time `json:",omitzero"`
	Reason     string    `json:",omitzero"`
	FalseAlarm bool      `json:",omitzero"`

	Text       string         `json:",omitzero"` // what the flow says for professionals, without words
	Shared     []flows.Answer `json:",omitzero"` // what the resident agreed to share
	Wishes     []string       `json:",omitzero"` // what was added: "mag bellen", "vandaag"
	Hits       []lexicon.Hit  `json:",omitzero"` // class and pattern of crisis words
	Promised   string         `json:",omitzero"` // the very sentence that the resident was told, in Dutch
	Told       string         `json:",omitzero"` // the same in the language of their chat, if that is another
	PromisedAt time.Time      `json:",omitzero"` // when they were told so
	Stopped    bool           `json:",omitzero"` // the resident had asked the bot not to write, and was told nothing about it
	Reserved   bool           `json:",omitzero"` // somebody was pinged on a reserve channel
	Step       int            `json:",omitzero"`
	Asked      int            `json:",omitzero"`
	Repeats    int            `json:",omitzero"`
	Handed     string         `json:",omitzero"` // who had it before
	GivenTo    string         `json:",omitzero"` // who it was handed to and has not taken it up yet
	Since      time.Time      `json:",omitzero"` // when its clocks began anew; zero: Opened
	Heard      []string       `json:",omitzero"` // everybody who was named on the card or heard it on their phone
	Nudges     int            `json:",omitzero"` // how often it was called for at the bottom of the channel
	Quieted    int            `json:",omitzero"` // how many of those were made quiet
	ReadBy     []string       `json:",omitzero"` // who pressed Lees
	Tries      int            `json:",omitzero"` // how often somebody tried to reach the resident
	Answered   time.Time      `json:",omitzero"` // last answer a professional sent
	ToldNobody bool           `json:",omitzero"` // the resident was told honestly that nobody was reached
	Back       time.Time      `json:",omitzero"` // of a silence: when the resident sent something again; zero: they did not
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
	Key  string    `json:",omitzero"` // "signal:17", "ask:5", "remind:5", "rhythm:3", "pause:3"
	Due  time.Time `json:",omitzero"`
	Kind TimerKind `json:",omitzero"`

	Account      int64  `json:",omitzero"`
	Resident     int64  `json:",omitzero"`
	Signal       int64  `json:",omitzero"`
	Conversation int64  `json:",omitzero"`
	Ask          int    `json:",omitzero"`
	Text         string `json:",omitzero"`
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
	TimerShut   TimerKind = "shut"   // a message did not open any more, and people must hear it; Text is its door
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

// A DeadLetter is something that could not be read or decided. Its raw form is
// sealed, and goes with the resident that it is by or about.
type DeadLetter struct {
	ID    int64
	At    time.Time
	Door  string
	Event string
	Why   string
	Raw   []byte

	Chat     string // of whoever it is by or about, so that it goes when they are forgotten; empty: not known
	Resident int64  // the same; 0: not known
}

// A CheckIn is one moment at which a resident had asked to be asked: what became
// of it. Every moment has exactly one.
type CheckIn struct {
	ID       int64
	Resident int64     `json:",omitzero"`
	Planned  time.Time `json:",omitzero"` // unique with Resident
	State    string    `json:",omitzero"` // "queued", "sent", "late", "answered", "silent", "skipped"
	Reason   string    `json:",omitzero"` // of a skip: "pause", "stopped", "downtime", "busy", "blocked", "moved", "crisis", "quiet"
	At       time.Time `json:",omitzero"`
}
