// Package flows decides what is said next.
//
// A [Flow] is a conversation that a coordinator wrote: a check-in, a welcome,
// good news. Three functions are the whole engine: [Start], [Next] and [Back].
// Given a flow, a person, where that person is and what just happened, they
// answer where the person is now and what must be done about it.
//
// The package reads no clock, opens no connection and remembers nothing. What
// it knows arrives as arguments; what it wants done leaves as [Effect] values,
// which package bot carries out. No input in any state can make it fail.
package flows

import "time"

// A Person is what a flow may know of the one it speaks with.
type Person struct {
	Language string            // of the texts, such as "nl"; empty means the flow's own
	Facts    map[string]string // by the names in the flow's uses and remember: naam, maatje, slechte_weken

	// Fact is asked for what Facts does not hold, once a text or a condition needs
	// it: most texts name nobody. It answers the same every time, and empty for
	// what is not known. nil: Facts is all there is.
	Fact func(name string) string
}

// An Input is something that happened to a person in a flow.
type Input interface{ input() }

type (
	// Pressed is a press on a button: which question it stood under, and which
	// button. For a scale the button is the number.
	Pressed struct {
		Ask    int // the question's number in this conversation, see [State.Ask]
		Button string
	}

	// Wrote is a text in the person's own words. It also answers a choice when
	// it is exactly a button's label.
	Wrote struct{ Text string }

	// Sent is a voice note or a photo; Ref is the sealed reference by which the
	// door can fetch it, Caption the words below it.
	Sent struct {
		Kind    string // "voice" or "photo"
		Ref     string
		Caption string
	}

	// Remind means the time came to ask question Ask once more, gently.
	Remind struct{ Ask int }

	// GiveUp means the time to answer question Ask ran out.
	GiveUp struct{ Ask int }

	// GiveBack means a human who had taken over gives the conversation back.
	GiveBack struct{}
)

func (Pressed) input()  {}
func (Wrote) input()    {}
func (Sent) input()     {}
func (Remind) input()   {}
func (GiveUp) input()   {}
func (GiveBack) input() {}

// An Effect is something the world must do. Effects are plain values, in the
// order in which they must happen.
//
// Texts have their placeholders filled with what is known of the [Person] and the answers; the
// one placeholder left is {belofte}, which only the network can fill.
type Effect interface{ effect() }

// A Button is one answer as the person sees it.
type Button struct {
	ID    string // what is stored; at most 24 characters of [a-z0-9_]
	Label string
}

type (
	// Say sends a text.
	Say struct {
		Text    string
		Numbers bool   // the crisis numbers belong in this message
		Media   string // asset name, or empty
		Alt     string
	}

	// Ask sends a question and waits. A button that names somebody who is not
	// there (an empty fact) is not offered.
	//
	// With Again the question was open already: its number is the same, buttons
	// sent before still count, and timers that run keep running.
	Ask struct {
		Ask         int // the question's number in this conversation
		Text        string
		Numbers     bool
		Media       string // asset name, or empty
		Alt         string
		Buttons     []Button
		Accept      []string      // of "text", "voice", "photo"; empty: buttons only
		RemindAfter time.Duration // from the moment the question was really sent; zero: never
		GiveUpAfter time.Duration
		Again       bool // asked once more: a reminder, or after something that did not fit
	}

	// Signal passes something on to people. Who they are, when they hear it and
	// with which promise is the network's to say.
	//
	// The first signal of a kind in a conversation is the alarm. With Adds it only
	// adds to one that is out already: to the card, not to the number of alarms.
	Signal struct {
		Kind    string   // distress, good_news, contact, practical_help, peer_worry; crisis only with Adds
		Adds    bool     // belongs to the signal of this kind that this conversation raised before
		HeardBy string   // who the resident chose: fixed_contact, maatje, team, everyone, nobody; empty: the network says
		Text    string   // for the professional, without the resident's words
		Share   []Answer // only what may be shared
		Tell    string   // for the resident; may hold {belofte}
	}

	// Contact asks for a person: with whom, when and how.
	Contact struct {
		With  string // fixed_contact, maatje, team
		When  string // button id, such as vandaag, morgen, deze_week
		How   string // button id, such as bellen, berichtje, langskomen
		Share []Answer
		Tell  string // may hold {belofte}
	}

	// Schedule starts another flow later.
	Schedule struct {
		Flow string
		In   time.Duration
		At   string // "11:00" on that day in the resident's zone, or empty
	}

	// Handoff lets a human take over; the bot is silent until it is given back.
	Handoff struct {
		To            string
		Text          string
		GiveBackAfter time.Duration
	}

	// Show shows something the house knows: contacts, numbers, who_reads, my_data,
	// rhythm, looked, social_map.
	Show struct{ What, Text string }

	// Remember keeps a value beyond this conversation. Keep is how long.
	Remember struct {
		Name, Value string
		Keep        time.Duration
	}

	// End is the goodbye.
	End struct{ Outcome, Text string }

	// Interrupt leaves for a flow of the house's own; "crisis" is the crisis card.
	Interrupt struct{ Name string }

	// Stale means the press or timer belongs to a question that is past. It
	// changes nothing; a press gets a friendly word.
	Stale struct{ Press bool }

	// Unread means the question cannot take this answer, such as a photo under
	// buttons. The state is unchanged; an Ask with Again follows.
	Unread struct{}
)

func (Say) effect()       {}
func (Ask) effect()       {}
func (Signal) effect()    {}
func (Contact) effect()   {}
func (Schedule) effect()  {}
func (Handoff) effect()   {}
func (Show) effect()      {}
func (Remember) effect()  {}
func (End) effect()       {}
func (Interrupt) effect() {}
func (Stale) effect()     {}
func (Unread) effect()    {}

// An Answer is one thing the person said in this conversation.
type Answer struct {
	Name  string // the question's save name
	Value string // button id, number, or own words
	Label string // as it stood on the screen, for choices
	Media string // sealed reference of a voice note or photo, or empty
	Kind  string // "text", "voice", "photo" for own words; empty for buttons
}

// A State is one person's place in one conversation and all the memory that
// conversation has. The zero State is nobody's conversation. It is copied,
// never changed in place.
type State struct {
	Flow    string            `json:"f,omitempty"`
	Version int               `json:"v,omitempty"` // people finish the version they started
	Step    string            `json:"s,omitempty"`
	Ask     int               `json:"q,omitempty"` // number of the question now open; rises with every question
	Answers map[string]string `json:"a,omitempty"` // by save name: button id, number, or own words ("voice:REF", "photo:REF")
	Part    []string          `json:"p,omitempty"` // of a question answered in parts, such as when and how
	Below   []Place           `json:"b,omitempty"` // where to go on after a call
	Trail   []string          `json:"t,omitempty"` // steps that were asked, for Back
	Raised  []string          `json:"r,omitempty"` // kinds of signals that went out
}

// Waits reports whether the conversation is waiting for an answer.
func (s State) Waits() bool { return s.Step != "" }

// A Place is where a conversation goes on after a called flow ended.
type Place struct {
	Flow    string `json:"f"`
	Version int    `json:"v"`
	Step    string `json:"s"`
}
