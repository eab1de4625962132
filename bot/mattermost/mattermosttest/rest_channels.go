package mattermosttest

import (
	"net/http"
	"sort"
)

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
