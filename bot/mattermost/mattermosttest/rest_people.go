package mattermosttest

import (
	"net/http"
	"slices"
	"sort"
	"strings"
)

// login takes any password: there are none here.
func (s *Server) login(c *call) (any, *Error) {
	var in struct {
		LoginID string `json:"login_id"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	u := s.names[in.LoginID]
	if u == nil || u.IsBot {
		return nil, refuse(http.StatusUnauthorized, "api.user.login.invalid_credentials_email_username", "Enter a valid email or username and/or password.")
	}
	c.w.Header().Set("Token", s.addToken(u, "session").Token)
	return u.seenBy(u), nil
}

// restConfig is the administrators'; others see the part for clients only.
func (s *Server) restConfig(c *call) (any, *Error) {
	if !c.user.admin() {
		return nil, notAllowed()
	}
	return map[string]any{"EmailSettings": map[string]any{"PushNotificationContents": s.config["PushNotificationContents"]}}, nil
}

func (s *Server) userOf(c *call) (*user, *Error) {
	u := s.users[c.id("user")]
	if u == nil {
		return nil, notFound("user")
	}
	return u, nil
}

// ownOf is userOf for what only the person or an administrator may do.
func (s *Server) ownOf(c *call) (*user, *Error) {
	u, err := s.userOf(c)
	if err == nil && u != c.user && !c.user.admin() {
		return nil, notAllowed()
	}
	return u, err
}

func (s *Server) restUser(c *call) (any, *Error) {
	u, err := s.userOf(c)
	if err != nil {
		return nil, err
	}
	return u.seenBy(c.user), nil
}

// restUserPart exists because the patterns of its routes overlap.
func (s *Server) restUserPart(c *call) (any, *Error) {
	part := c.PathValue("part")
	switch {
	case c.PathValue("user") == "username":
		u := s.names[strings.ToLower(part)]
		if u == nil {
			return nil, notFound("user")
		}
		return u.seenBy(c.user), nil
	case part == "teams":
		return s.restTeamsOf(c)
	case part == "preferences":
		return s.restPreferences(c)
	case part == "tokens":
		return s.restTokens(c)
	}
	return nil, noRoute()
}

func (s *Server) restUsers(c *call) (any, *Error) {
	q := c.URL.Query()
	list := []user{}
	for _, u := range s.users {
		if ch := s.channels[q.Get("in_channel")]; q.Get("in_channel") != "" && (ch == nil || ch.members[u.ID] == nil) {
			continue
		}
		if t := s.teams[q.Get("in_team")]; q.Get("in_team") != "" && (t == nil || t.members[u.ID] == nil) {
			continue
		}
		list = append(list, u.seenBy(c.user))
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Username < list[j].Username })
	return paged(c, list), nil
}

// paged cuts the asked page out of list; 60 a page unless asked.
func paged[T any](c *call, list []T) []T {
	page, size := number(c.URL.Query().Get("page"), 0), number(c.URL.Query().Get("per_page"), 60)
	from := min(len(list), page*size)
	return list[from:min(len(list), from+size)]
}

func (s *Server) restUsersByID(c *call) (any, *Error) {
	var ids []string
	if err := c.read(&ids); err != nil {
		return nil, err
	}
	list := []user{}
	for _, id := range ids {
		if u := s.users[id]; u != nil {
			list = append(list, u.seenBy(c.user))
		}
	}
	return list, nil
}

func (s *Server) restUsersByName(c *call) (any, *Error) {
	var names []string
	if err := c.read(&names); err != nil {
		return nil, err
	}
	list := []user{}
	for _, n := range names {
		if u := s.names[n]; u != nil {
			list = append(list, u.seenBy(c.user))
		}
	}
	return list, nil
}

func (s *Server) restPatchUser(c *call) (any, *Error) {
	u, err := s.ownOf(c)
	if err != nil {
		return nil, err
	}
	var in struct {
		Nickname    *string           `json:"nickname"`
		FirstName   *string           `json:"first_name"`
		LastName    *string           `json:"last_name"`
		Position    *string           `json:"position"`
		NotifyProps map[string]string `json:"notify_props"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	for to, from := range map[*string]*string{&u.Nickname: in.Nickname, &u.FirstName: in.FirstName, &u.LastName: in.LastName, &u.Position: in.Position} {
		if from != nil {
			*to = *from
		}
	}
	if in.NotifyProps != nil {
		u.NotifyProps = in.NotifyProps
	}
	u.UpdateAt = s.millis()
	return u.seenBy(c.user), nil
}

func (s *Server) restPreferences(c *call) (any, *Error) {
	u, err := s.ownOf(c)
	if err != nil {
		return nil, err
	}
	return append([]preference{}, u.prefs...), nil
}

func (s *Server) restSetPreferences(c *call) (any, *Error) {
	u, err := s.ownOf(c)
	if err != nil {
		return nil, err
	}
	var in []preference
	if err := c.read(&in); err != nil {
		return nil, err
	}
	for _, p := range in {
		p.UserID = u.ID
		u.prefs = slices.DeleteFunc(u.prefs, func(was preference) bool { return was.Category == p.Category && was.Name == p.Name })
		u.prefs = append(u.prefs, p)
	}
	return nil, nil
}

func (s *Server) restAddToken(c *call) (any, *Error) {
	u, err := s.userOf(c)
	if err != nil {
		return nil, err
	}
	if u != c.user && !c.user.admin() && !(u.IsBot && u.owner == c.user.ID) {
		return nil, notAllowed()
	}
	var in token
	if err := c.read(&in); err != nil {
		return nil, err
	}
	t := s.addToken(u, in.Description)
	t.ExpiresAt = in.ExpiresAt
	return *t, nil
}

// restTokens lists tokens without what makes them worth something.
func (s *Server) restTokens(c *call) (any, *Error) {
	u, err := s.ownOf(c)
	if err != nil {
		return nil, err
	}
	list := []token{}
	for _, t := range s.tokens {
		if t.UserID == u.ID {
			seen := *t
			seen.Token = ""
			list = append(list, seen)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list, nil
}

func (s *Server) restRevokeToken(c *call) (any, *Error) {
	var in struct {
		ID string `json:"token_id"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	for _, t := range s.tokens {
		if t.ID == in.ID && (t.UserID == c.user.ID || c.user.admin()) {
			t.IsActive = false
			return nil, nil
		}
	}
	return nil, notFound("token")
}

type botShape struct {
	UserID      string `json:"user_id"`
	Username    string `json:"username"`
	DisplayName string `json:"display_name,omitempty"`
	Description string `json:"description,omitempty"`
	OwnerID     string `json:"owner_id"`
	CreateAt    int64  `json:"create_at"`
	UpdateAt    int64  `json:"update_at"`
	DeleteAt    int64  `json:"delete_at"`
}

func botOf(u *user) botShape {
	return botShape{UserID: u.ID, Username: u.Username, DisplayName: u.FirstName, Description: u.BotText, OwnerID: u.owner,
		CreateAt: u.CreateAt, UpdateAt: u.UpdateAt}
}

func (s *Server) restAddBot(c *call) (any, *Error) {
	var in botShape
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if !c.user.admin() {
		return nil, notAllowed()
	}
	if in.Username == "" || s.names[in.Username] != nil {
		return nil, badBody()
	}
	u := s.addUser(in.Username)
	u.IsBot, u.FirstName, u.BotText, u.owner = true, in.DisplayName, in.Description, c.user.ID
	return created{botOf(u)}, nil
}

func (s *Server) restBot(c *call) (any, *Error) {
	u, err := s.userOf(c)
	if err != nil {
		return nil, err
	}
	if !u.IsBot || !c.user.admin() && u.owner != c.user.ID && u != c.user {
		return nil, notFound("bot")
	}
	return botOf(u), nil
}
