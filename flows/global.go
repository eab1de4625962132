package flows

import (
	"slices"
	"strings"
	"unicode"
)

// A Command is what somebody may say at any moment, in any flow or none.
type Command string

// The commands, in the order in which they come before one another. Before all of
// them the lexicon looks for crisis words; after all of them come the flow and,
// last, the words that nothing else took.
const (
	CommandStop     Command = "stop"  // stop asking, or stop everything
	CommandHelp     Command = "hulp"  // it is hard
	CommandHuman    Command = "mens"  // a human, please
	CommandBack     Command = "terug" // the question before this one
	CommandLanguage Command = "taal"  // another language
	CommandMenu     Command = "menu"  // what can I do here
)

// inOrder are the commands that go together in one text, each before the ones
// after it: who writes "help, terug" is helped.
var inOrder = []Command{CommandStop, CommandHelp, CommandHuman, CommandBack, CommandLanguage}

// commandWords are the words for each command, folded, by language. Only a text
// that is nothing but such a word is a command: who writes "ik kan niet stoppen
// met huilen" tells something.
var commandWords = map[string]map[string]Command{
	"nl": {
		"stop": CommandStop, "stoppen": CommandStop, "stop maar": CommandStop, "ik wil stoppen": CommandStop,
		"hulp": CommandHelp, "help": CommandHelp, "help me": CommandHelp, "help mij": CommandHelp,
		"ik heb hulp nodig": CommandHelp, "het is moeilijk": CommandHelp, "het gaat niet goed": CommandHelp,
		"mens": CommandHuman, "een mens": CommandHuman, "contact": CommandHuman, "iemand spreken": CommandHuman,
		"ik wil iemand spreken": CommandHuman, "ik wil een mens": CommandHuman, "echt mens": CommandHuman,
		"terug": CommandBack, "ga terug": CommandBack, "vorige": CommandBack,
		"taal": CommandLanguage, "andere taal": CommandLanguage,
		"menu": CommandMenu, "start": CommandMenu, "begin": CommandMenu, "meer": CommandMenu,
	},
	"en": {
		"stop": CommandStop, "quit": CommandStop, "unsubscribe": CommandStop,
		"help": CommandHelp, "help me": CommandHelp, "i need help": CommandHelp,
		"human": CommandHuman, "a human": CommandHuman, "person": CommandHuman, "talk to someone": CommandHuman,
		"back": CommandBack, "go back": CommandBack,
		"language": CommandLanguage,
		"menu":     CommandMenu, "start": CommandMenu, "more": CommandMenu,
	},
}

// Global finds the command a text is, if it is one. Case, signs, emoji and a
// leading slash do not count. The words of the person's language are tried
// first, then Dutch, then English, so that nobody is without a way to stop.
//
// Whoever calls it has looked for crisis words before.
func Global(text, language string) (Command, bool) {
	return commandOf(Fold(text), language)
}

// Commands lists the commands in a text that is made of nothing else, each once,
// in the order in which they are done: "hulp! stop" is stop, and hulp after it.
// Any other word in the text makes that it tells something, and is no command.
//
// Whoever calls it has looked for crisis words before.
func Commands(text, language string) []Command {
	folded := Fold(text)
	if c, ok := commandOf(folded, language); ok {
		return []Command{c}
	}
	if len(folded) > longestCommand {
		return nil
	}
	var said []Command
	for words := strings.Fields(folded); len(words) > 0; {
		n := len(words)
		for ; n > 0; n-- {
			if c, ok := commandOf(strings.Join(words[:n], " "), language); ok && slices.Contains(inOrder, c) {
				said = append(said, c)
				break
			}
		}
		if n == 0 {
			return nil
		}
		words = words[n:]
	}
	return slices.DeleteFunc(slices.Clone(inOrder), func(c Command) bool { return !slices.Contains(said, c) })
}

// longestCommand is how many bytes a text of commands has at most.
const longestCommand = 40

func commandOf(folded, language string) (Command, bool) {
	if folded == "" || len(folded) > longestCommand {
		return "", false
	}
	language, _, _ = strings.Cut(language, "-")
	for _, l := range []string{language, "nl", "en"} {
		if c, ok := commandWords[l][folded]; ok {
			return c, true
		}
	}
	return "", false
}

// Fold makes two texts equal that read alike: lower case, without signs and
// emoji, with single spaces.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	space := false
	for _, r := range text {
		plain := 'a' <= r && r <= 'z' || '0' <= r && r <= '9' // as nearly always
		if !plain && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		if plain {
			b.WriteByte(byte(r))
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
