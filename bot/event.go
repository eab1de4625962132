package bot

import "time"

// An Event is something that happened.
type Event struct {
	// ID makes a repeat harmless: "telegram:<update_id>", "mattermost:<post id>",
	// "action:<trigger id>", "dialog:<nonce>", "command:<trigger id>",
	// "timer:<row>", "rhythm:<row>:<moment>", "compose:<message>", "told:<what>:<moment>".
	ID   string
	Door string    // "telegram", "mattermost" or "clock"
	At   time.Time // when it happened, by the platform's clock

	Chat string // Telegram: the chat, which is also the person
	Name string // Telegram: the first name the person shows; Mattermost: the user name
	User string // Mattermost: user name of who pressed, typed or sent

	Account  int64  // the chat it is about, for the clock: sets the scene as Chat does
	Signal   int64  // the signal it is about, if it names one
	Resident int64  // the resident it is about, if it names one
	Code     string // an invitation code, if it holds one; the store looks it up by its hash

	// Cry means that it is certainly about whoever wrote it: words of danger, a
	// key of their keyboard or a command. The scene is then set around them,
	// whatever they were in the middle of.
	Cry bool

	// Heard is what the word list found in what was written, when it was looked for
	// before the scene was set; nil: it was not.
	Heard *Heard

	What What
}

// What is the thing that happened.
type What interface{ what() }

// From Telegram.
type (
	// Started is /start, with the payload of the link in Event.Code.
	Started struct{}

	// Wrote is a text in the person's own words.
	Wrote struct {
		Text      Text
		Edited    bool
		Forwarded bool
		Message   string // the platform's id of it
	}

	// Sent is anything that is not text: a voice note, photo, sticker ...
	Sent struct {
		Media     Media
		Caption   Text
		Edited    bool
		Forwarded bool
		Message   string
	}

	// Pressed is a press on a button under a message.
	Pressed struct {
		Data    string
		Message string
	}

	// Commanded is a slash command, such as /stop or /hulp, without the slash.
	Commanded struct{ Name, Args string }

	// Blocked means the person blocked the bot or, with Undone, came back.
	Blocked struct{ Undone bool }

	// Unread means something came in that could not be read. Raw is kept sealed.
	Unread struct {
		Raw []byte
		Why string
	}

	// Gap means that the door heard nothing for so long that taps are lost.
	Gap struct{ For time.Duration }
)

// From Mattermost.
type (
	// Acted is a press on a card, its signature checked.
	Acted struct {
		Action  string
		Channel string // name
		Post    string
	}

	// Submitted is a dialog that was sent in, its signature checked.
	Submitted struct {
		Form   string
		Fields map[string]string
	}

	// Slash is the slash command with what stood behind it.
	Slash struct{ Text string }

	// Posted is something a professional wrote in a channel, or below a card.
	// It never reaches a resident.
	Posted struct {
		Channel string
		Root    string // the post it answers, or empty
	}
)

// From the clock.
type (
	// Rang means a timer ran out.
	Rang struct{ Timer Timer }

	// Compose means that the turn of a message with Later has come: its words
	// are decided now.
	Compose struct{ Message Message }

	// Undelivered means that a message was given up, and why.
	Undelivered struct {
		Message Message
		Class   SendClass
	}

	// Told means that the house has something to tell professionals about itself:
	// how it fares, or a sign of life that is looked for where it must arrive.
	Told struct {
		Channel string // of Mattermost
		Text    string
		Lane    Lane
		Until   time.Time // of no use after this moment
		Cry     Text      // words of danger; unless they are recognised, nothing is told; empty: it is told
	}

	// Late means that a message of the distress lane has not arrived for so long
	// that people must be reached in another way.
	Late struct {
		Message Message
		For     time.Duration
	}
)

// OfChat reports whether it says something of the chat and of nothing else: its person
// blocked the bot or is gone, whoever the message was about.
func (u Undelivered) OfChat() bool {
	return u.Class == SendBlocked && u.Message.To.Door == Telegram
}

func (Started) what()     {}
func (Wrote) what()       {}
func (Sent) what()        {}
func (Pressed) what()     {}
func (Commanded) what()   {}
func (Blocked) what()     {}
func (Unread) what()      {}
func (Gap) what()         {}
func (Acted) what()       {}
func (Submitted) what()   {}
func (Slash) what()       {}
func (Posted) what()      {}
func (Rang) what()        {}
func (Compose) what()     {}
func (Undelivered) what() {}
func (Late) what()        {}
func (Told) what()        {}
