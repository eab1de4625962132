// Package bot is the host: it receives, decides and delivers. Its files are its
// story, in order:
//
//	event.go    what can happen, at a door or on the clock
//	receive.go  something happened: it is decided and kept in one transaction
//	decide.go   what follows from it: a Scene goes in, a Turn comes out
//	deliver.go  the messages that a Turn left behind are carried out
//
// A function here that takes a context touches the world. One that does not
// only decides.
package bot

import (
	"context"
	"io"
	"iter"
	"time"

	"houvast/flows"
	"houvast/signals"
	"houvast/signals/lexicon"
)

// An Address is where someone is reached: a door, and a place behind it.
type Address struct {
	Door  string // "telegram" or "mattermost"
	Place string // a Telegram chat id; a Mattermost channel name, or "@" and a user name
}

// The doors.
const (
	Telegram   = "telegram"
	Mattermost = "mattermost"
)

// A Lane is how much haste a message has. Order per person holds within a lane;
// a lower lane never waits for a higher one.
type Lane int

// The lanes, most hasty first.
const (
	LaneDistress  Lane = iota // crisis and distress, and whatever tells about them
	LaneAnswer                // an answer to a person who waits
	LaneScheduled             // check-ins and prompts, which wait their turn
)

// A Message is one thing to say to someone.
type Message struct {
	ID      int64
	To      Address   `json:",omitzero"`
	Lane    Lane      `json:",omitzero"`
	Slot    string    `json:",omitzero"` // such as "signal:17:card"; of one slot only the newest is due, and it edits what an earlier one posted
	Rewrite string    `json:",omitzero"` // the slot whose post it only rewrites: where nothing stands, nothing is said
	Body    Body      `json:",omitzero"`
	Due     time.Time `json:",omitzero"`
	Until   time.Time `json:",omitzero"` // of no use after this moment; zero: always of use

	// Later names what must be decided when its turn to be sent comes, so that
	// its words are true then: a [Compose] event fills Body. Empty: Body stands.
	Later   string `json:",omitzero"` // [LaterCheckIn], [LaterLooked], [LaterExport]
	Subject int64  `json:",omitzero"` // the resident or signal that it is about; when they are forgotten it is not sent
	By      string `json:",omitzero"` // key of the person whose own words to the resident it brings; empty: the house's
	Said    *Held  `json:",omitzero"` // those words as they were written first, when they come later than that; nil: Body stands
	CheckIn int64  `json:",omitzero"` // the check-in it asks, if it is one

	Attempts  int       `json:",omitzero"` // how often it was tried
	Ambiguous int       `json:",omitzero"` // how many of those may have arrived all the same
	First     time.Time `json:",omitzero"` // the first attempt
	Remote    string    `json:",omitzero"` // where the slot was posted before, as the door named it; empty: post anew
}

// A Body is what a message holds. Doors leave out what they cannot show.
type Body struct {
	Text     string      `json:",omitzero"`
	Buttons  []Button    `json:",omitzero"` // under the message, one a row, Telegram
	Keyboard [][]string  `json:",omitzero"` // the keyboard that stays, Telegram; nil leaves it as it is
	Media    *Media      `json:",omitzero"`
	Files    []File      `json:",omitzero"` // made by the house, after the text, Telegram; whoever gets them may keep them
	Pin      bool        `json:",omitzero"` // keep it at the top of the chat
	Card     *Card       `json:",omitzero"`
	Invite   *InviteCard `json:",omitzero"` // an invitation to hand out: link, QR picture, printable card
	Invited  *Resident   `json:",omitzero"` // whom that invite is for
	Silent   bool        `json:",omitzero"` // no sound
}

// A File is a text that the house made, to be kept.
type File struct{ Name, Text string }

// A Button is under a message: a press comes back as [Pressed] with Data, or
// opens URL.
type Button struct {
	Label string `json:",omitzero"`
	Data  string `json:",omitzero"` // at most 64 bytes
	URL   string `json:",omitzero"`
}

// Media is a voice note, photo or other file, by reference: it stays with the
// door that it came in by until it is delivered.
type Media struct {
	Door, Ref string
	Kind      string // "voice", "photo", "sticker", "video", "document"
	Name      string
	Seconds   int // of a voice note
}

// A Card is a signal as professionals see it. It never holds a resident's words
// unless the network says so.
type Card struct {
	Title   string   `json:",omitzero"`
	Text    string   `json:",omitzero"`
	Kind    string   `json:",omitzero"` // colour and mark: "crisis", "distress", "contact", "good_news", "prompt", "quiet" for what is done
	Fields  []Field  `json:",omitzero"`
	Actions []Action `json:",omitzero"`
	Urgent  bool     `json:",omitzero"`
	Mention []string `json:",omitzero"` // Mattermost user names whose phone must ring
}

// A Field is one named line of a card.
type Field struct{ Name, Value string }

// An Action is a button on a card. The door signs it.
type Action struct {
	Name    string // letters and digits only
	Label   string
	Subject int64  // the signal
	Style   string // "primary", "danger", "good" or empty
}

// An InviteCard is what an inviter gets in hand: the only moment that the code
// is readable.
type InviteCard struct {
	Link    string
	Code    string
	Name    string
	Until   time.Time
	Numbers []signals.Number
}

// A Reply is what must be answered in the same breath. It may be lost; a
// message may not.
type Reply struct {
	Dead   bool              // it could be decided in no way at all; the door says the numbers itself
	Text   string            // private words to the one who pressed or typed
	Dialog *Dialog           // to open, Mattermost
	Errors map[string]string // by field: what is wrong with a dialog that was sent in; nothing was done
	Left   []Message         // of [Turn.Leave], those that are kept as on their way
}

// A Dialog is a form a professional fills in.
type Dialog struct {
	Form    string // comes back as [Submitted.Form]
	Subject int64
	Title   string
	Intro   string
	Submit  string // label of the button
	Fields  []DialogField
}

// A DialogField is one question of a dialog.
type DialogField struct {
	Name, Label, Help string
	Kind              string // "text", "long", "select"
	Options           []Option
	Default           string
	Optional          bool
	Max               int // characters; zero: the platform's own limit
}

// An Option is one choice of a select field.
type Option struct{ Value, Label string }

// A Door carries messages out to one platform.
type Door interface {
	// Send delivers m and returns the platform's name for what was posted, by
	// which a later message of the slot edits it. The error is a *[SendError]
	// whenever the platform said what was wrong; any other error means that it
	// is unknown whether the message arrived.
	Send(ctx context.Context, m Message) (remote string, err error)

	// Probe asks the platform for a sign of life that costs nothing.
	Probe(ctx context.Context) error

	// Fetch opens the file behind a reference that came in by this door.
	Fetch(ctx context.Context, ref string) (io.ReadCloser, error)
}

// A SendError says what a platform said to a message.
type SendError struct {
	Class SendClass
	After time.Duration // how long the platform asks us to wait
	Err   error         // never holds words, ids or tokens
}

func (e *SendError) Error() string { return e.Err.Error() }
func (e *SendError) Unwrap() error { return e.Err }

// A SendClass decides what becomes of a message that was not sent.
type SendClass int

// The classes.
const (
	SendUnknown   SendClass = iota // it may have arrived: a resend can repeat it
	SendRetry                      // it surely did not arrive: try again
	SendSlow                       // too fast for the platform: wait After, the whole account
	SendRefused                    // this message will never be taken
	SendBlocked                    // the person blocked the bot or is gone
	SendForbidden                  // the platform no longer knows us: token refused
)

// A Clock tells the time. The sandbox and tests move it.
type Clock func() time.Time

// Text is something a person wrote. It has no way into a log.
type Text string

// A Store is the bot's memory. Every method is safe to call from several
// goroutines.
type Store interface {
	// Take handles events in order. For each it sets the scene, lets decide
	// choose what follows and keeps it; an event whose ID was seen before
	// changes nothing and gets an empty reply; one whose reply holds Errors was
	// not taken, and may come again. Events are kept in slices of at
	// most 25, one commit a slice, each event in a savepoint of its own; one
	// that cannot be decided or kept (a panic, a broken row) becomes a dead
	// letter and the others go on. Once it returns nil, what follows from every
	// event is kept. Events of people go before those of the clock.
	//
	// A message that the turn lets leave is kept as on its way in the same commit, as
	// if by Trying, if Due would give it now and nobody can have got it yet: the reply
	// has it in Left.
	Take(ctx context.Context, now time.Time, events []Event, decide func(Scene, Event) Turn) ([]Reply, error)

	// Due gives what may be sent through door in lane now, oldest first: per lane
	// only the oldest open message to one chat of Telegram, or of one Subject to one
	// place of Mattermost; per slot only the newest.
	// Messages past their Until are settled as dropped first. A message is read
	// when it is asked for: who needs eight stops after eight. One that cannot be
	// read comes as an error in its turn, and those after it can still be had; it is
	// given up, so that the next one to its place is due the next time.
	// Until the end of the walk nothing else may be asked of the store.
	Due(ctx context.Context, door string, lane Lane, now time.Time, limit int) iter.Seq2[Message, error]

	// NextDue returns the earliest moment after now at which Due in that lane
	// may have more, or the zero time.
	NextDue(ctx context.Context, door string, lane Lane, now time.Time) (time.Time, error)

	// Settle keeps what became of messages, all in one commit.
	Settle(ctx context.Context, outcomes []Outcome) error

	// Stuck returns open messages of [LaneDistress] whose Due lies before a moment,
	// oldest first, whether they wait for a retry or not. Those that cannot be read
	// come as an error beside all others.
	Stuck(ctx context.Context, before time.Time) ([]Message, error)

	// Waiting returns the conversations that wait for an answer, for which a
	// [Gap] must be made good.
	Waiting(ctx context.Context) ([]Conversation, error)

	// Wake makes every open message of a door due now that waits for a retry: the
	// platform is back.
	Wake(ctx context.Context, door string, now time.Time) error

	// Trying records that messages are about to be sent, in one commit, so that
	// a kill in mid-flight is known as ambiguous afterwards. It returns those that
	// may be sent: between Due and Trying a message may have been dropped, or its
	// slot may have a newer one.
	Trying(ctx context.Context, now time.Time, ids []int64) (going []int64, err error)
}

// An Outcome is what became of one attempt to send a message.
type Outcome struct {
	Message   int64
	At        time.Time
	Sent      bool
	Remote    string
	Retry     time.Time // not sent: try again then; zero with Sent false: given up
	Ambiguous bool
	Problem   string // class only, never words
}

// A Scene is everything there is to know when an event comes in. The store sets
// it; deciding reads nothing else.
//
// It is set around one resident: of the signal that the event names; else of the
// signal that a peer expert's next words are an answer to ([Account.ReplyTo], for
// an hour, unless the event is a [Event.Cry]); else the one the event or its
// timer names; else the one the chat belongs to.
type Scene struct {
	House *House
	Now   time.Time
	Free  int64  // first row id that is free; ids are one sequence for all rows
	Seed  []byte // 32 bytes of chance

	Account       *Account           // the chat the event came from; nil: Mattermost or the clock
	Resident      *Resident          // whom it is about
	Home          *Account           // the resident's own chat; nil: not linked yet
	Conversations []Conversation     // of Account and of Home, open ones, of each the one on top last
	Signals       []Signal           // open ones of the resident, and the one that the event names, oldest first; for a slash command all that are open, or for [FalseAlarms] the last 500 that were closed
	Words         []Word             // of the signals above, those that a conversation above is about, and the resident's that were given to nobody in the last 24 hours (all, when a [TimerWords] rang); oldest first
	Invite        *Invite            // the one whose code or id the event names
	Invited       *Resident          // whom that invite is for
	InvitedHome   *Account           // the chat that they have now, if it is another than Account; its talks are among Conversations, as are those in the chat that an invited peer expert has now
	Unsent        []Message          // what is still to be said in the chat that is let go in this event: by the code of somebody who had another one, or by a [Acted] that says it was somebody else; oldest first; of what only another program can read, no words
	Peers         map[string]Account // chats of peer experts and of professionals with a reserve channel, by person key
	Prompts       []Prompt           // for a chat of somebody of the network, or with the code of one: the open signals that its peer expert was given or may come to hear, of whichever resident, oldest first
	Own           *Own               // everything that is kept of the resident; only for a [Compose] that says so
	Residents     []Resident         // for a slash command, an invitation or a peer expert's worry, else empty
}

// A Prompt is an open signal that a peer expert has on their phone, or may come to
// hear, and the resident whose it is.
type Prompt struct {
	Signal   Signal
	Resident Resident
}

// A House is what was agreed and published: who, what and with which words. It
// never changes; a new one takes its place.
type House struct {
	Network *signals.Network
	Flows   Library
	Words   Words
	Lexicon Lexicon
	BotName string // the user name of the Telegram bot, for links
	URL     string // where the coordinators' page is
}

// A Lexicon looks for the words that must not be missed.
type Lexicon interface {
	Detect(text string) lexicon.Detection
}

// A Library finds published flows.
type Library interface {
	Flow(id string) *flows.Flow                 // the live version, or nil
	Version(id string, version int) *flows.Flow // a version people may still be in, or nil
}

// A Turn is everything that follows from one event. It is kept whole or not at
// all. Rows are put in or replaced by their ID.
type Turn struct {
	Reply Reply
	Next  int64 // the first row id still free

	Accounts      []Account
	Residents     []Resident
	Conversations []Conversation
	Signals       []Signal
	Words         []Word
	Invites       []Invite
	CheckIns      []CheckIn
	Messages      []Message
	Leave         []int64        // of Messages and Bodies, those that whoever hands in the event sends as soon as the turn is kept
	Bodies        map[int64]Body // of messages with Later, now that their turn came
	Drop          []int64        // messages that are no longer true and must not be sent
	Timers        []Timer        // one per key; a new one takes the place of the old
	Cancel        []string       // keys of timers
	Log           []LogLine
	Dead          []DeadLetter
	Forget        []int64 // residents of whom everything goes
}
