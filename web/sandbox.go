package web

import (
	"context"
	"errors"
	"io"
	"time"
)

// A Sandbox is an invented town to play with: a few telephones, the team's
// Mattermost and a clock that can be moved. The page shows it and passes on
// what somebody does there; it decides nothing itself.
//
// Every method is safe to call from several goroutines. What a person does too
// late or at the wrong place is answered with [ErrGone] or a [Refusal]; any
// other error is a fault of the house.
type Sandbox interface {
	// View returns everything there is to see now, in Mattermost as the
	// professional with user name as sees it. An as that is empty or unknown is
	// the first professional; View.As says who it became.
	View(ctx context.Context, as string) (View, error)

	// Changes returns a channel that gets a value after anything in the View
	// changed, until ctx is done. Changes that come fast may be told as one.
	Changes(ctx context.Context) <-chan struct{}

	// File opens a picture, sound or document that the View names.
	File(ctx context.Context, id string) (File, error)

	// Write sends text from a telephone, as does a button of its keyboard that
	// stays. A link t.me/<bot>?start=<code> is opened by writing "/start <code>".
	Write(ctx context.Context, phone, text string) error

	// Press taps a button under a message.
	Press(ctx context.Context, phone, message, button string) error

	// Send sends a file from a telephone: kind is "voice" or "photo".
	Send(ctx context.Context, phone, kind, caption string, content []byte) error

	// Edit changes a message that was sent from this telephone.
	Edit(ctx context.Context, phone, message, text string) error

	// Block makes the owner of a telephone block the bot, or let it in again.
	Block(ctx context.Context, phone string, blocked bool) error

	// Post writes in a channel; with a root, below that post.
	Post(ctx context.Context, as, channel, root, text string) error

	// Command gives a slash command in a channel. The text begins with the slash.
	Command(ctx context.Context, as, channel, text string) error

	// Act presses a button on a card.
	Act(ctx context.Context, as, post, action string) error

	// Submit sends in the dialog that is open over a channel. What is wrong with
	// it is returned per field (under "" what is wrong with the whole); then
	// nothing was done and the dialog stays open.
	Submit(ctx context.Context, as, channel, dialog string, values map[string]string) (wrong map[string]string, err error)

	// Cancel closes a dialog without sending it in.
	Cancel(ctx context.Context, as, dialog string) error

	// Move moves the clock forward to a moment. Everything that is due on the
	// way happens at its own moment, in order.
	Move(ctx context.Context, to time.Time) error

	// Break takes a door away ("telegram", "mattermost") or gives it back.
	Break(ctx context.Context, door string, broken bool) error
}

// ErrGone means that what somebody wrote to, pressed or asked for is not there
// any more.
var ErrGone = errors.New("not there any more")

// A Refusal is what a platform itself says, in Dutch, to a person who asks for
// something it cannot do now, such as a command while the bot is away.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// A View is everything there is to see in a sandbox at one moment.
type View struct {
	Clock  Clock
	Doors  []Door
	Phones []Phone // the first two are shown when nobody chose others

	As            string // user name of the professional who looks at Mattermost
	Professionals []Professional
	Channels      []Channel // those that As is a member of, in the order to show
	Dialog        *Dialog   // the one that is open for As
}

// A Clock is the sandbox's own time.
type Clock struct {
	Now  time.Time
	Next time.Time // the next moment at which something is due; zero: nothing is
}

// A Door is a platform that can be taken away, to see what the house does then.
type Door struct {
	Name   string // "telegram", "mattermost"
	Label  string // as a person calls it
	Broken bool
}

// A Phone is the telephone of one person, with the chat with the bot open.
type Phone struct {
	ID       string // letters, digits and "-" only
	Owner    string // first name or nickname
	Role     string // in Dutch, such as "bewoner" or "maatje"
	Bot      string // the name of the bot
	About    string // what the bot says of itself before the chat is started
	Started  bool
	Blocked  bool
	Pinned   string // ID of the message at the top of the chat; empty: none
	Messages []Message
	Keyboard [][]string // the buttons that stay; nil: none
	Notice   string     // the short answer to the last tap, as long as it shows; empty: none
}

// A Message is one bubble in a chat.
type Message struct {
	ID      string // letters, digits and "-" only
	Mine    bool   // sent from this telephone
	At      time.Time
	Text    string // also the caption of Media
	From    string // who wrote it first, if it was forwarded
	Edited  bool
	Media   *Media
	Buttons [][]Button
}

// A Media is a picture, sound or document, in a chat or below a post.
type Media struct {
	Kind    string // "photo", "voice", "sticker", "video" or "document"
	File    string // for [Sandbox.File]
	Name    string // of the file; of a sticker, its emoji
	Alt     string // what a picture shows, in Dutch, for who cannot see it
	Seconds int    // of a voice note
}

// A Button is under a message: a tap on it, or a link.
type Button struct {
	ID    string // what goes back to the bot
	Label string
	URL   string // opens a page instead
}

// A Professional is somebody who works in Mattermost.
type Professional struct{ User, Name, Role string }

// A Channel is a room in Mattermost.
type Channel struct {
	ID      string // letters, digits and "-" only
	Name    string
	Kind    string // "private", "public" or "direct"
	Purpose string // the line below the name
	Posts   []Post // oldest first, answers in a thread among them
}

// A Post is one message in a channel.
type Post struct {
	ID      string // letters, digits and "-" only
	Root    string // the post it answers; empty: none
	Author  string // user name
	Name    string // as it is shown
	Bot     bool
	At      time.Time
	Text    string // in Mattermost's markdown
	Edited  bool
	Private bool // shown to one person only and soon gone
	Urgent  bool
	Cards   []Card
	Files   []Media
}

// A Card is an attachment of a post: a coloured frame with fields and buttons.
type Card struct {
	Color   string // "#c0392b", as Mattermost has it; empty: none
	Title   string
	Text    string // in Mattermost's markdown
	Fields  []Field
	Actions []Action
	Footer  string
}

// A Field is one named line of a card.
type Field struct {
	Name, Value string
	Short       bool // two of these go beside each other
}

// An Action is a button on a card.
type Action struct {
	ID    string
	Label string
	Style string // "primary", "danger", "good" or "success", or empty
}

// A Dialog is a form that is open for one professional.
type Dialog struct {
	ID     string // letters, digits and "-" only
	Title  string
	Intro  string
	Submit string // label of the button
	Fields []DialogField
}

// A DialogField is one question of a dialog.
type DialogField struct {
	Name, Label, Help string
	Kind              string // "text", "long" or "select"
	Options           []Option
	Value             string // filled in already
	Optional          bool
	Max               int // characters; zero: no limit of its own
}

// An Option is one choice of a select field.
type Option struct{ Value, Label string }

// A File is what somebody sent. The reader closes Content.
type File struct {
	Type    string // media type, such as "image/png"
	Name    string
	Content io.ReadCloser
}
