package telegramtest

import (
	"encoding/json"
	"slices"
	"strings"
)

// A Profile is what people see of the bot before they write to it.
type Profile struct {
	Name             string
	Description      string // shown in the empty chat, before Start
	ShortDescription string // shown beside its name, and when it is shared
	Commands         []Command
}

// A Command stands in the menu beside the input field.
type Command struct {
	Name        string `json:"command"`
	Description string `json:"description"`
}

// Profile returns what people without a language of their own see of the bot.
func (s *Server) Profile() Profile {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.profile
	p.Commands = slices.Clone(p.Commands)
	return p
}

// doProfile performs the methods about the bot itself. A request for one language
// or one scope is accepted and changes nothing here: this fake shows the default.
func (s *Server) doProfile(c *call) (result any, refused *refusal, known bool) {
	special := c.params["language_code"] != "" || c.params["scope"] != "" && !strings.Contains(c.params["scope"], `"default"`)
	set := func(field *string, value string, limit int) (any, *refusal, bool) {
		if len([]rune(value)) > limit {
			return nil, badRequest("text is too long"), true
		}
		if !special {
			*field = value
		}
		return true, nil, true
	}
	switch strings.ToLower(c.method) {
	case "setmyname":
		return set(&s.profile.Name, c.params["name"], 64)
	case "setmydescription":
		return set(&s.profile.Description, c.params["description"], 512)
	case "setmyshortdescription":
		return set(&s.profile.ShortDescription, c.params["short_description"], 120)
	case "getmydescription":
		return object{"description": s.profile.Description}, nil, true
	case "getmyshortdescription":
		return object{"short_description": s.profile.ShortDescription}, nil, true
	case "getmycommands":
		return slices.Concat([]Command{}, s.profile.Commands), nil, true
	case "deletemycommands":
		if !special {
			s.profile.Commands = nil
		}
		return true, nil, true
	case "setmycommands":
		var list []Command
		if json.Unmarshal([]byte(c.params["commands"]), &list) != nil {
			return nil, badRequest("can't parse commands JSON object"), true
		}
		if len(list) > 100 {
			return nil, badRequest("BOT_COMMANDS_TOO_MUCH"), true
		}
		for _, command := range list {
			if !isCommand(command.Name) || strings.ToLower(command.Name) != command.Name {
				return nil, badRequest("BOT_COMMAND_INVALID"), true
			}
			if n := len([]rune(command.Description)); n < 1 || n > 256 {
				return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID"), true
			}
		}
		if !special {
			s.profile.Commands = list
		}
		return true, nil, true
	}
	return nil, nil, false
}
