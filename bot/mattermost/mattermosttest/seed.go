package mattermosttest

import (
	"fmt"
	"slices"
	"strings"
)

// A Town is a server with one team, as an administrator would set it up.
type Town struct {
	Team     string            // its name in addresses, "voorbeeldstad"
	People   []Account         // who works there
	Channels []Room            // where they talk
	Bot      string            // username of the bot; it is in the team and in every channel of Channels
	Command  string            // the slash command's word, "houvast"; empty for none
	URL      string            // where the bot answers; Command is sent to URL + "/mattermost/command"
	Config   map[string]string // of the server, as its clients may see it
}

// An Account is a person with a log-in.
type Account struct {
	Name      string // username
	FirstName string
	LastName  string
	Admin     bool // may do everything
}

// A Room is a channel.
type Room struct {
	Name    string
	Title   string   // shown; Name if empty
	Public  bool     // private unless set
	Members []string // usernames; the bot of the Town comes by itself
}

// Keys are what an administrator hands to whoever runs the bot.
type Keys struct {
	BotToken     string
	CommandToken string
}

// Seed fills the server with t and returns the keys of its bot. It may be called
// again with more people and channels.
func (s *Server) Seed(t Town) (Keys, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys Keys
	tm := s.addTeam(t.Team)
	for k, v := range t.Config {
		s.config[k] = v
	}
	for _, p := range t.People {
		u := s.addUser(p.Name)
		u.FirstName, u.LastName = p.FirstName, p.LastName
		if p.Admin {
			u.Roles = "system_admin system_user"
		}
		s.joinTeam(tm, u)
	}
	var b *user
	if t.Bot != "" {
		b = s.addUser(t.Bot)
		b.IsBot = true
		s.joinTeam(tm, b)
		keys.BotToken = s.addToken(b, "seed").Token
	}
	for _, r := range t.Channels {
		c := s.addChannel(tm, r)
		if b != nil {
			join(c, b)
		}
		for _, name := range r.Members {
			u := s.names[name]
			if u == nil {
				return keys, fmt.Errorf("channel %s: nobody is called %s", r.Name, name)
			}
			join(c, u)
		}
	}
	if t.Command != "" {
		c := &command{
			ID: s.id(), Token: s.id(), CreateAt: s.millis(), UpdateAt: s.millis(), TeamID: tm.ID,
			Trigger: t.Command, Method: "P", URL: strings.TrimRight(t.URL, "/") + "/mattermost/command",
		}
		s.commands[c.ID] = c
		keys.CommandToken = c.Token
	}
	s.change()
	return keys, nil
}

// Token logs name in and returns the token of that session, for use with a real
// client; "" if nobody is called so.
func (s *Server) Token(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.names[name]
	if u == nil {
		return ""
	}
	return s.addToken(u, "session").Token
}

// ID returns the id of a person, by username, or of a channel, by name; "" if
// there is none.
func (s *Server) ID(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.names[name]; u != nil {
		return u.ID
	}
	if c := s.channelCalled(name); c != nil {
		return c.ID
	}
	return ""
}

// Revoke makes a token worthless. REST answers 401 from now on, but a socket
// that was opened with it stays open and silent, as the real one does.
func (s *Server) Revoke(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tokens[secret]; t != nil {
		t.IsActive = false
	}
}

// SetPublic makes a channel public or private.
func (s *Server) SetPublic(channel string, public bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channelCalled(channel)
	if c == nil {
		return notFound("channel")
	}
	c.Type = "P"
	if public {
		c.Type = "O"
	}
	c.UpdateAt = s.millis()
	s.change()
	return nil
}

// Leave takes a person out of a channel.
func (s *Server) Leave(channel, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, u := s.channelCalled(channel), s.names[name]
	if c == nil || u == nil {
		return notFound("channel")
	}
	delete(c.members, u.ID)
	s.change()
	return nil
}

// SetNotify sets one of a person's own notification settings, for example
// "push" to "all".
func (s *Server) SetNotify(name, key, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.names[name]
	if u == nil {
		return notFound("user")
	}
	props := map[string]string{key: value}
	for k, v := range u.NotifyProps {
		if k != key {
			props[k] = v
		}
	}
	u.NotifyProps = props
	return nil
}

// SetConfig sets one value of the configuration that clients may see.
func (s *Server) SetConfig(key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config[key] = value
}

func (s *Server) addTeam(name string) *team {
	for _, t := range s.teams {
		if t.Name == name {
			return t
		}
	}
	t := &team{ID: s.id(), CreateAt: s.millis(), UpdateAt: s.millis(), Name: name, DisplayName: name, Type: "I",
		members: map[string]*teamMember{}}
	s.teams[t.ID] = t
	return t
}

func (s *Server) addUser(name string) *user {
	if u := s.names[name]; u != nil {
		return u
	}
	u := &user{
		ID: s.id(), CreateAt: s.millis(), UpdateAt: s.millis(), Username: name, Email: name + "@voorbeeld.example",
		Roles: "system_user", Locale: "nl",
		NotifyProps: map[string]string{"push": "mention", "desktop": "mention", "email": "true", "push_status": "online"},
	}
	s.users[u.ID], s.names[name] = u, u
	return u
}

func (s *Server) addToken(u *user, why string) *token {
	t := &token{ID: s.id(), Token: s.id(), UserID: u.ID, Description: why, IsActive: true}
	s.tokens[t.Token] = t
	return t
}

func (s *Server) joinTeam(t *team, u *user) {
	if t.members[u.ID] == nil {
		t.members[u.ID] = &teamMember{TeamID: t.ID, UserID: u.ID, Roles: "team_user"}
	}
}

func (s *Server) addChannel(t *team, r Room) *channel {
	for _, c := range s.channels {
		if c.TeamID == t.ID && c.Name == r.Name {
			return c
		}
	}
	c := &channel{ID: s.id(), CreateAt: s.millis(), UpdateAt: s.millis(), TeamID: t.ID, Type: "P", Name: r.Name,
		DisplayName: r.Title, members: map[string]*channelMember{}}
	if r.Title == "" {
		c.DisplayName = r.Name
	}
	if r.Public {
		c.Type = "O"
	}
	s.channels[c.ID] = c
	return c
}

func join(c *channel, u *user) {
	if c.members[u.ID] == nil {
		c.members[u.ID] = &channelMember{ChannelID: c.ID, UserID: u.ID, Roles: "channel_user",
			NotifyProps: map[string]string{"push": "default", "desktop": "default"}}
	}
}

// channelCalled finds a channel by name or id, "signalen-noord" or "#signalen-noord".
func (s *Server) channelCalled(name string) *channel {
	name = strings.TrimPrefix(name, "#")
	if c := s.channels[name]; c != nil {
		return c
	}
	for _, c := range s.channels {
		if c.Name == name && c.DeleteAt == 0 {
			return c
		}
	}
	return nil
}

// direct returns the direct channel of two people, made if there is none.
func (s *Server) direct(a, b *user) *channel {
	ids := []string{a.ID, b.ID}
	slices.Sort(ids)
	name := ids[0] + "__" + ids[1]
	for _, c := range s.channels {
		if c.Name == name {
			return c
		}
	}
	c := &channel{ID: s.id(), CreateAt: s.millis(), UpdateAt: s.millis(), Type: "D", Name: name, members: map[string]*channelMember{}}
	join(c, a)
	join(c, b)
	s.channels[c.ID] = c
	s.broadcast("direct_added", map[string]any{"creator_id": a.ID, "teammate_id": b.ID}, audience{channel: c})
	return c
}

func hasRole(roles, role string) bool { return slices.Contains(strings.Fields(roles), role) }

// teamAdmin says whether u may make slash commands in the team.
func (s *Server) teamAdmin(u *user, teamID string) bool {
	if u.admin() {
		return true
	}
	t := s.teams[teamID]
	return t != nil && t.members[u.ID] != nil && hasRole(t.members[u.ID].Roles, "team_admin")
}
