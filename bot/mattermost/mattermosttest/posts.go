package mattermosttest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sort"
	"unicode/utf8"
)

// createPost puts a post of u where it says, or returns the one that the same
// pending_post_id has made before. The caller holds mu.
func (s *Server) createPost(u *user, in post) (*post, *Error) {
	c := s.channels[in.ChannelID]
	if c == nil || c.DeleteAt != 0 || c.members[u.ID] == nil {
		return nil, notAllowed()
	}
	if was, ok := s.pending[in.PendingPostID]; ok && in.PendingPostID != "" && s.millis() < was.expires {
		made := s.posts[was.id]
		switch {
		case made == nil || made.DeleteAt != 0:
			// Until it is forgotten: not found, which the real server calls its own fault.
			return nil, refuse(http.StatusInternalServerError, "api.post.deduplicate_create_post.failed_to_get", "Failed to fetch original post after deduplicating a client repeating the same request.")
		case s.channels[made.ChannelID].readableBy(u):
			return made, nil
		}
	}
	if err := checkMessage(in.Message); err != nil {
		return nil, err
	}
	if in.RootID != "" {
		root := s.posts[in.RootID]
		if root == nil || root.ChannelID != c.ID || root.DeleteAt != 0 || root.RootID != "" {
			return nil, refuse(http.StatusBadRequest, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.")
		}
	}
	var prio *priority
	if in.Metadata != nil && in.Metadata.Priority != nil {
		prio = in.Metadata.Priority
		if err := checkPriority(prio, in.RootID); err != nil {
			return nil, err
		}
	}
	if len(in.FileIDs) > maxFilesAPost {
		return nil, badBody()
	}
	s.order++
	p := &post{
		ID: s.id(), CreateAt: s.millis(), UpdateAt: s.millis(), UserID: u.ID, ChannelID: c.ID, RootID: in.RootID,
		Message: in.Message, Type: in.Type, Props: s.nameActions(in.Props), PendingPostID: in.PendingPostID,
		order: s.order, priority: prio,
	}
	if u.IsBot {
		p.Props = with(p.Props, "from_bot", "true")
	}
	for _, id := range in.FileIDs {
		// The real server, too, leaves out a file that is not the author's or
		// hangs on another post.
		if f := s.files[id]; f != nil && f.UserID == u.ID && f.PostID == "" {
			f.PostID, f.ChannelID = p.ID, c.ID
			p.FileIDs = append(p.FileIDs, id)
		}
	}
	s.posts[p.ID] = p
	if in.PendingPostID != "" {
		s.pending[in.PendingPostID] = pendingPost{id: p.ID, expires: s.millis() + pendingLife.Milliseconds()}
	}
	c.LastPostAt = p.CreateAt
	c.TotalMsgCount++
	if root := s.posts[p.RootID]; root != nil {
		root.ReplyCount++
		root.LastReplyAt, root.UpdateAt = p.CreateAt, p.CreateAt
	}
	s.tellPost("posted", p)
	return p, nil
}

func checkMessage(text string) *Error {
	if utf8.RuneCountInString(text) > MaxMessage {
		return refuse(http.StatusBadRequest, "model.post.is_valid.message_length.app_error", "Post Message property is longer than the maximum permitted length.")
	}
	return nil
}

func checkPriority(p *priority, root string) *Error {
	if root != "" {
		return refuse(http.StatusBadRequest, "api.post.post_priority.priority_post_only_allowed_for_root_post.request_error", "Only root posts can have a priority.")
	}
	if p.Priority != nil && *p.Priority != "" && *p.Priority != "important" && *p.Priority != "urgent" {
		return badBody()
	}
	if p.RequestedAck != nil && *p.RequestedAck || p.PersistentNotifications != nil && *p.PersistentNotifications {
		return refuse(http.StatusNotImplemented, "license_error.feature_unavailable", "This feature needs a licence.")
	}
	return nil
}

// A postChange says what to write over a post; what is nil stays.
type postChange struct {
	Message  *string         `json:"message"`
	Props    *map[string]any `json:"props"`
	FileIDs  *[]string       `json:"file_ids"`
	IsPinned *bool           `json:"is_pinned"`
}

// changePost writes ch over the post id. What it is given is what it keeps: a
// button that comes without its integration is dead from then on.
func (s *Server) changePost(u *user, id string, ch postChange) (*post, *Error) {
	p := s.posts[id]
	if p == nil || p.DeleteAt != 0 {
		return nil, notAllowed() // the real one, too, says 403 and not 404
	}
	if p.UserID != u.ID && !u.admin() || s.channels[p.ChannelID].members[u.ID] == nil {
		return nil, notAllowed()
	}
	if ch.Message != nil {
		if err := checkMessage(*ch.Message); err != nil {
			return nil, err
		}
		if p.Message != *ch.Message {
			p.EditAt = s.millis()
		}
		p.Message = *ch.Message
	}
	if ch.Props != nil {
		fromBot := p.Props["from_bot"]
		p.Props = s.nameActions(*ch.Props)
		if fromBot != nil {
			p.Props = with(p.Props, "from_bot", fromBot)
		}
	}
	if ch.FileIDs != nil {
		p.FileIDs = nil
		for _, f := range *ch.FileIDs {
			if kept := s.files[f]; kept != nil && kept.UserID == p.UserID && (kept.PostID == "" || kept.PostID == p.ID) {
				kept.PostID, kept.ChannelID = p.ID, p.ChannelID
				p.FileIDs = append(p.FileIDs, f)
			}
		}
	}
	if ch.IsPinned != nil {
		p.IsPinned = *ch.IsPinned
	}
	p.UpdateAt = max(s.millis(), p.UpdateAt)
	s.tellPost("post_edited", p)
	return p, nil
}

// removePost takes the post and its replies away.
func (s *Server) removePost(u *user, id string) *Error {
	p := s.posts[id]
	if p == nil || p.DeleteAt != 0 {
		return notFound("post")
	}
	if p.UserID != u.ID && !u.admin() {
		return notAllowed()
	}
	for _, q := range s.posts {
		if q.ID == id || q.RootID == id {
			q.DeleteAt = s.millis()
			q.UpdateAt = q.DeleteAt
		}
	}
	s.tellPost("post_deleted", p)
	return nil
}

func (s *Server) tellPost(event string, p *post) {
	c := s.channels[p.ChannelID]
	text, _ := json.Marshal(s.shown(p)) // of strings and numbers only
	by := s.users[p.UserID]
	s.broadcast(event, map[string]any{
		"post": string(text), "channel_name": c.Name, "channel_display_name": c.DisplayName, "channel_type": c.Type,
		"team_id": c.TeamID, "sender_name": "@" + by.Username, "set_online": true,
	}, audience{channel: c})
}

// shown returns p as it goes over the wire: without the secret part of its
// buttons, also for its author.
func (s *Server) shown(p *post) *post {
	c := *p
	c.Props = stripped(p.Props)
	m := &metadata{Reactions: slices.Clone(p.reactions), Priority: p.priority}
	for _, id := range p.FileIDs {
		f := *s.files[id]
		f.content = nil
		m.Files = append(m.Files, &f)
	}
	c.Metadata = m
	c.FileIDs = slices.Clone(p.FileIDs)
	c.HasReactions = len(p.reactions) > 0
	return &c
}

// inChannel returns the posts of a channel, oldest first.
func (s *Server) inChannel(id string) []*post {
	var all []*post
	for _, p := range s.posts {
		if p.ChannelID == id {
			all = append(all, p)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].order < all[j].order })
	return all
}

// list makes a list of posts, newest first, as the real server orders it.
func (s *Server) list(posts []*post) postList {
	l := postList{Order: []string{}, Posts: map[string]*post{}}
	for _, p := range slices.Backward(posts) {
		l.Order = append(l.Order, p.ID)
		l.Posts[p.ID] = s.shown(p)
	}
	return l
}

func with(props map[string]any, key string, value any) map[string]any {
	c := maps.Clone(props)
	if c == nil {
		c = map[string]any{}
	}
	c[key] = value
	return c
}

// attachments reads the cards of a post out of its props.
func attachments(props map[string]any) []attachment {
	text, err := json.Marshal(props["attachments"])
	if err != nil {
		return nil
	}
	var as []attachment
	if json.Unmarshal(text, &as) != nil {
		return nil
	}
	return as
}

// findAction returns the button or menu id, or nil if there is none that leads
// anywhere.
func findAction(props map[string]any, id string) *action {
	for _, a := range attachments(props) {
		for _, b := range a.Actions {
			if b.ID == id && b.Integration != nil && b.Integration.URL != "" {
				return &b
			}
		}
	}
	return nil
}

// eachAction returns a copy of props in which f has changed every button.
func eachAction(props map[string]any, f func(map[string]any)) map[string]any {
	text, err := json.Marshal(props)
	if err != nil {
		return props
	}
	c := map[string]any{}
	if json.Unmarshal(text, &c) != nil || c == nil {
		return map[string]any{}
	}
	cards, _ := c["attachments"].([]any)
	for _, card := range cards {
		m, _ := card.(map[string]any)
		buttons, _ := m["actions"].([]any)
		for _, b := range buttons {
			if m, ok := b.(map[string]any); ok {
				f(m)
			}
		}
	}
	return c
}

func stripped(props map[string]any) map[string]any {
	return eachAction(props, func(b map[string]any) { delete(b, "integration") })
}

// nameActions gives buttons without an id one.
func (s *Server) nameActions(props map[string]any) map[string]any {
	return eachAction(props, func(b map[string]any) {
		if id, _ := b["id"].(string); id == "" {
			b["id"] = s.id()
		}
	})
}
