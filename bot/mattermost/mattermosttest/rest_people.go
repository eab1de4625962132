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

// teamOf returns a team that the caller is in.
func (s *Server) teamOf(c *call) (*team, *Error) {
	t := s.teams[c.PathValue("team")]
	if t == nil {
		return nil, notFound("team")
	}
	if t.members[c.user.ID] == nil && !c.user.admin() {
		return nil, notAllowed()
	}
	return t, nil
}

func (s *Server) restTeam(c *call) (any, *Error) {
	t, err := s.teamOf(c)
	if err != nil {
		return nil, err
	}
	return *t, nil
}

// restTeamPart exists because the patterns of its routes overlap.
func (s *Server) restTeamPart(c *call) (any, *Error) {
	part := c.PathValue("part")
	switch {
	case c.PathValue("team") == "name":
		for _, t := range s.teams {
			if t.Name == part && (t.members[c.user.ID] != nil || c.user.admin()) {
				return *t, nil
			}
		}
		return nil, notFound("team")
	case part == "members":
		return s.restTeamMembers(c)
	case part == "channels":
		return s.restPublicChannels(c)
	}
	return nil, noRoute()
}

func (s *Server) restAddTeam(c *call) (any, *Error) {
	var in team
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, badBody()
	}
	t := s.addTeam(in.Name)
	t.DisplayName = in.DisplayName
	s.joinTeam(t, c.user)
	t.members[c.user.ID].Roles = "team_user team_admin"
	return created{*t}, nil
}

func (s *Server) restTeamsOf(c *call) (any, *Error) {
	u, err := s.ownOf(c)
	if err != nil {
		return nil, err
	}
	list := []team{}
	for _, t := range s.teams {
		if t.members[u.ID] != nil {
			list = append(list, *t)
		}
	}
	return list, nil
}

func (s *Server) restTeamMembers(c *call) (any, *Error) {
	t, err := s.teamOf(c)
	if err != nil {
		return nil, err
	}
	list := []teamMember{}
	for _, m := range t.members {
		list = append(list, *m)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].UserID < list[j].UserID })
	return paged(c, list), nil
}

func (s *Server) restTeamMember(c *call) (any, *Error) {
	t, err := s.teamOf(c)
	if err != nil {
		return nil, err
	}
	m := t.members[c.id("user")]
	if m == nil {
		return nil, notFound("team_member")
	}
	return *m, nil
}

func (s *Server) restJoinTeam(c *call) (any, *Error) {
	t, err := s.teamOf(c)
	if err != nil {
		return nil, err
	}
	var in teamMember
	if err := c.read(&in); err != nil {
		return nil, err
	}
	u := s.users[in.UserID]
	if u == nil || !s.teamAdmin(c.user, t.ID) {
		return nil, notAllowed()
	}
	s.joinTeam(t, u)
	return created{*t.members[u.ID]}, nil
}

func (s *Server) restTeamRoles(c *call) (any, *Error) {
	t, err := s.teamOf(c)
	if err != nil {
		return nil, err
	}
	var in struct {
		Roles string `json:"roles"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	m := t.members[c.id("user")]
	if m == nil || !s.teamAdmin(c.user, t.ID) {
		return nil, notAllowed()
	}
	m.Roles = in.Roles
	return nil, nil
}

func (s *Server) restPublicChannels(c *call) (any, *Error) {
	t, err := s.teamOf(c)
	if err != nil {
		return nil, err
	}
	return paged(c, s.channelsWhere(func(ch *channel) bool { return ch.TeamID == t.ID && ch.Type == "O" })), nil
}

func (s *Server) channelsWhere(want func(*channel) bool) []channel {
	list := []channel{}
	for _, ch := range s.channels {
		if ch.DeleteAt == 0 && want(ch) {
			list = append(list, *ch)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// restChannelByName hides private channels from who is not in them.
func (s *Server) restChannelByName(c *call) (any, *Error) {
	t, err := s.teamOf(c)
	if err != nil {
		return nil, err
	}
	name := c.PathValue("name")
	for _, ch := range s.channels {
		if ch.TeamID == t.ID && ch.Name == name && ch.DeleteAt == 0 && (ch.Type == "O" || ch.readableBy(c.user)) {
			return *ch, nil
		}
	}
	return nil, notFound("channel")
}

func (s *Server) restChannelsOf(c *call) (any, *Error) {
	u, err := s.ownOf(c)
	if err != nil {
		return nil, err
	}
	team := c.PathValue("team")
	return s.channelsWhere(func(ch *channel) bool {
		return ch.members[u.ID] != nil && (ch.TeamID == team || ch.TeamID == "")
	}), nil
}

func (s *Server) restAddChannel(c *call) (any, *Error) {
	var in channel
	if err := c.read(&in); err != nil {
		return nil, err
	}
	t := s.teams[in.TeamID]
	if t == nil || t.members[c.user.ID] == nil && !c.user.admin() {
		return nil, notAllowed()
	}
	if in.Name == "" || in.Type != "O" && in.Type != "P" {
		return nil, badBody()
	}
	if ch := s.channelCalled(in.Name); ch != nil && ch.TeamID == t.ID {
		return nil, refuse(http.StatusBadRequest, "store.sql_channel.save_channel.exists.app_error", "A channel with that name already exists on the same team.")
	}
	ch := s.addChannel(t, Room{Name: in.Name, Title: in.DisplayName, Public: in.Type == "O"})
	ch.CreatorID, ch.Purpose, ch.Header = c.user.ID, in.Purpose, in.Header
	join(ch, c.user)
	s.change()
	return created{*ch}, nil
}

func (s *Server) restDirect(c *call) (any, *Error) {
	var ids []string
	if err := c.read(&ids); err != nil || len(ids) != 2 {
		return nil, badBody()
	}
	a, b := s.users[ids[0]], s.users[ids[1]]
	if a == nil || b == nil {
		return nil, badBody()
	}
	if a != c.user && b != c.user && !c.user.admin() {
		return nil, notAllowed()
	}
	return created{*s.direct(a, b)}, nil
}

// channelOf returns a channel that the caller may see.
func (s *Server) channelOf(c *call) (*channel, *Error) {
	ch := s.channels[c.PathValue("channel")]
	if ch == nil {
		return nil, notFound("channel")
	}
	if !ch.readableBy(c.user) {
		t := s.teams[ch.TeamID]
		if ch.Type != "O" || t == nil || t.members[c.user.ID] == nil {
			return nil, notAllowed()
		}
	}
	return ch, nil
}

func (s *Server) restChannel(c *call) (any, *Error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	return *ch, nil
}

func (s *Server) restChannelMembers(c *call) (any, *Error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	list := []channelMember{}
	for _, m := range ch.members {
		list = append(list, s.memberSeen(m, c.user))
	}
	sort.Slice(list, func(i, j int) bool { return list[i].UserID < list[j].UserID })
	return paged(c, list), nil
}

// memberSeen hides other people's notification settings.
func (s *Server) memberSeen(m *channelMember, by *user) channelMember {
	seen := *m
	if m.UserID != by.ID && !by.admin() {
		seen.NotifyProps = nil
	}
	return seen
}

func (s *Server) restChannelMember(c *call) (any, *Error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	m := ch.members[c.id("user")]
	if m == nil {
		return nil, notFound("channel_member")
	}
	return s.memberSeen(m, c.user), nil
}

func (s *Server) restJoinChannel(c *call) (any, *Error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	var in channelMember
	if err := c.read(&in); err != nil {
		return nil, err
	}
	u, t := s.users[in.UserID], s.teams[ch.TeamID]
	if u == nil || t == nil || t.members[u.ID] == nil {
		return nil, notFound("user")
	}
	if ch.members[c.user.ID] == nil && !c.user.admin() && (ch.Type != "O" || u != c.user) {
		return nil, notAllowed()
	}
	join(ch, u)
	s.broadcast("user_added", map[string]any{"user_id": u.ID, "team_id": ch.TeamID}, audience{channel: ch})
	return created{*ch.members[u.ID]}, nil
}

func (s *Server) restLeaveChannel(c *call) (any, *Error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	if ch.members[c.user.ID] == nil && !c.user.admin() {
		return nil, notAllowed()
	}
	delete(ch.members, c.id("user"))
	s.change()
	return nil, nil
}

func (s *Server) restNotifyProps(c *call) (any, *Error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	m := ch.members[c.id("user")]
	if m == nil || m.UserID != c.user.ID && !c.user.admin() {
		return nil, notAllowed()
	}
	var in map[string]string
	if err := c.read(&in); err != nil {
		return nil, err
	}
	props := map[string]string{}
	for k, v := range m.NotifyProps {
		props[k] = v
	}
	for k, v := range in {
		props[k] = v
	}
	m.NotifyProps = props
	return nil, nil
}
