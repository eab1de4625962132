package mattermosttest

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func (s *Server) restCreatePost(c *call) (any, *Error) {
	var in post
	if err := c.read(&in); err != nil {
		return nil, err
	}
	p, err := s.createPost(c.user, in)
	if err != nil {
		return nil, err
	}
	return created{s.shown(p)}, nil
}

func (s *Server) restEphemeral(c *call) (any, *Error) {
	var in struct {
		UserID string `json:"user_id"`
		Post   post   `json:"post"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if !c.user.admin() { // create_post_ephemeral is the administrators'
		return nil, notAllowed()
	}
	to, ch := s.users[in.UserID], s.channels[in.Post.ChannelID]
	if to == nil || ch == nil {
		return nil, badBody()
	}
	s.whisper(to, ch, nil, Private{Text: in.Post.Message})
	return created{in.Post}, nil
}

// readable returns a post that the caller may see.
func (s *Server) readable(c *call) (*post, *Error) {
	p := s.posts[c.PathValue("post")]
	if p == nil || p.DeleteAt != 0 {
		return nil, notFound("post")
	}
	if !s.channels[p.ChannelID].readableBy(c.user) {
		return nil, notAllowed()
	}
	return p, nil
}

func (s *Server) restPost(c *call) (any, *Error) {
	p, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	return s.shown(p), nil
}

func (s *Server) restUpdatePost(c *call) (any, *Error) {
	var in struct {
		ID       string         `json:"id"`
		Message  string         `json:"message"`
		Props    map[string]any `json:"props"`
		FileIDs  []string       `json:"file_ids"`
		IsPinned bool           `json:"is_pinned"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if in.ID != c.PathValue("post") {
		return nil, badBody()
	}
	if in.Props == nil {
		in.Props = map[string]any{}
	}
	ch := postChange{Message: &in.Message, Props: &in.Props, IsPinned: &in.IsPinned}
	if in.FileIDs != nil {
		ch.FileIDs = &in.FileIDs
	}
	p, err := s.changePost(c.user, in.ID, ch)
	if err != nil {
		return nil, err
	}
	return s.shown(p), nil
}

func (s *Server) restPatchPost(c *call) (any, *Error) {
	var ch postChange
	if err := c.read(&ch); err != nil {
		return nil, err
	}
	p, err := s.changePost(c.user, c.PathValue("post"), ch)
	if err != nil {
		return nil, err
	}
	return s.shown(p), nil
}

func (s *Server) restThread(c *call) (any, *Error) {
	p, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	root := p.RootID
	if root == "" {
		root = p.ID
	}
	return s.list(slices.DeleteFunc(s.inChannel(p.ChannelID), func(q *post) bool {
		return q.DeleteAt != 0 || q.ID != root && q.RootID != root
	})), nil
}

// restPosts answers for a page, or for everything that changed since a moment;
// only the latter holds what was deleted.
func (s *Server) restPosts(c *call) (any, *Error) {
	ch := s.channels[c.PathValue("channel")]
	if ch == nil || !ch.readableBy(c.user) {
		return nil, notAllowed()
	}
	all := s.inChannel(ch.ID)
	q := c.URL.Query()
	if q.Get("since") != "" {
		since, err := strconv.ParseInt(q.Get("since"), 10, 64)
		if err != nil {
			return nil, badBody()
		}
		all = slices.DeleteFunc(all, func(p *post) bool { return p.UpdateAt <= since })
		return s.list(all[max(0, len(all)-1000):]), nil
	}
	all = slices.DeleteFunc(all, func(p *post) bool { return p.DeleteAt != 0 })
	page, size := number(q.Get("page"), 0), number(q.Get("per_page"), 60)
	end := max(0, len(all)-page*size)
	return s.list(all[max(0, end-size):end]), nil
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return n
	}
	return otherwise
}

func (s *Server) restReact(c *call) (any, *Error) {
	var in reaction
	if err := c.read(&in); err != nil {
		return nil, err
	}
	p := s.posts[in.PostID]
	if p == nil || in.UserID != c.user.ID || in.EmojiName == "" || !s.channels[p.ChannelID].readableBy(c.user) {
		return nil, notAllowed()
	}
	return created{s.react(c.user, p, in.EmojiName)}, nil
}

func (s *Server) react(u *user, p *post, emoji string) reaction {
	for _, r := range p.reactions {
		if r.UserID == u.ID && r.EmojiName == emoji {
			return r
		}
	}
	r := reaction{UserID: u.ID, PostID: p.ID, EmojiName: emoji, CreateAt: s.millis(), ChannelID: p.ChannelID}
	p.reactions = append(p.reactions, r)
	p.UpdateAt = max(s.millis(), p.UpdateAt)
	text, _ := json.Marshal(r)
	s.broadcast("reaction_added", map[string]any{"reaction": string(text)}, audience{channel: s.channels[p.ChannelID]})
	return r
}

func (s *Server) restUnreact(c *call) (any, *Error) {
	p, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	if c.id("user") != c.user.ID {
		return nil, notAllowed()
	}
	p.reactions = slices.DeleteFunc(p.reactions, func(r reaction) bool {
		return r.UserID == c.user.ID && r.EmojiName == c.PathValue("emoji")
	})
	s.change()
	return nil, nil
}

func (s *Server) restReactions(c *call) (any, *Error) {
	p, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	return append([]reaction{}, p.reactions...), nil
}

func (s *Server) restPostFiles(c *call) (any, *Error) {
	p, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	return append([]*file{}, s.shown(p).Metadata.Files...), nil
}

func (s *Server) restPress(c *call) (any, *Error) {
	var in struct {
		Selected string `json:"selected_option"`
	}
	json.Unmarshal(c.body, &in) // may be empty
	trigger, err := s.press(c.Context(), c.user, c.PathValue("post"), c.PathValue("action"), in.Selected)
	if err != nil {
		return nil, err
	}
	return map[string]string{"status": "OK", "trigger_id": trigger}, nil
}

func (s *Server) restOpenDialog(c *call) (any, *Error) {
	var in openDialog
	if err := c.read(&in); err != nil {
		return nil, err
	}
	return nil, s.openDialog(in)
}

func (s *Server) restSubmit(c *call) (any, *Error) {
	var in submission
	if err := c.read(&in); err != nil {
		return nil, err
	}
	said, err := s.submit(c.Context(), c.user, in)
	return said, err
}

func (s *Server) restExecute(c *call) (any, *Error) {
	var in struct {
		ChannelID string `json:"channel_id"`
		Command   string `json:"command"`
		RootID    string `json:"root_id"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(in.Command, "/") {
		return nil, badBody()
	}
	said, err := s.execute(c.Context(), c.user, in.ChannelID, in.Command, in.RootID)
	return said, err
}

func (s *Server) restCommands(c *call) (any, *Error) {
	teamID := c.URL.Query().Get("team_id")
	list := []command{}
	for _, k := range s.commands {
		if k.TeamID != teamID {
			continue
		}
		seen := *k
		if !s.teamAdmin(c.user, teamID) {
			seen.Token, seen.URL, seen.CreatorID, seen.Method = "", "", "", ""
		}
		list = append(list, seen)
	}
	return list, nil
}

func (s *Server) restAddCommand(c *call) (any, *Error) {
	var in command
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if !s.teamAdmin(c.user, in.TeamID) {
		return nil, notAllowed()
	}
	for _, k := range s.commands {
		if k.TeamID == in.TeamID && k.Trigger == in.Trigger && k.DeleteAt == 0 {
			return nil, refuse(http.StatusBadRequest, "api.command.duplicate_trigger.app_error", "This trigger word is already in use.")
		}
	}
	if in.Trigger == "" || in.URL == "" {
		return nil, badBody()
	}
	in.ID, in.Token, in.CreatorID, in.CreateAt, in.UpdateAt = s.id(), s.id(), c.user.ID, s.millis(), s.millis()
	s.commands[in.ID] = &in
	return created{in}, nil
}

// addFile keeps a file of u for a post in channel c. The caller holds mu.
func (s *Server) addFile(u *user, channelID, name string, content []byte) (*file, *Error) {
	c := s.channels[channelID]
	if c == nil || c.members[u.ID] == nil {
		return nil, notAllowed()
	}
	if len(content) > maxFileSize {
		return nil, refuse(http.StatusRequestEntityTooLarge, "api.file.upload_file.too_large_detailed.app_error", "File is too large.")
	}
	name = filepath.Base(name)
	f := &file{ID: s.id(), UserID: u.ID, ChannelID: c.ID, CreateAt: s.millis(), UpdateAt: s.millis(), Name: name,
		Extension: strings.TrimPrefix(filepath.Ext(name), "."), Size: int64(len(content)), content: content}
	f.MimeType = mime.TypeByExtension(filepath.Ext(name))
	if f.MimeType == "" {
		f.MimeType = http.DetectContentType(content)
	}
	s.files[f.ID] = f
	return f, nil
}

func (s *Server) restUpload(c *call) (any, *Error) {
	type part struct {
		name    string
		content []byte
	}
	channelID := c.URL.Query().Get("channel_id")
	var parts []part
	kind, params, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		parts = []part{{c.URL.Query().Get("filename"), c.body}}
	} else {
		for r := multipart.NewReader(strings.NewReader(string(c.body)), params["boundary"]); ; {
			p, err := r.NextPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, badBody()
			}
			content, err := io.ReadAll(p)
			if err != nil {
				return nil, badBody()
			}
			switch {
			case p.FormName() == "channel_id":
				channelID = string(content)
			case p.FileName() != "":
				parts = append(parts, part{p.FileName(), content})
			}
		}
	}
	if len(parts) == 0 {
		return nil, badBody()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	infos := []*file{}
	for _, p := range parts {
		f, err := s.addFile(c.user, channelID, p.name, p.content)
		if err != nil {
			return nil, err
		}
		infos = append(infos, f)
	}
	return created{map[string]any{"file_infos": infos, "client_ids": []string{}}}, nil
}

// readableFile returns a file that the caller may see: the own one, or one that
// hangs on a post in a channel of the caller's.
func (s *Server) readableFile(c *call) (*file, *Error) {
	f := s.files[c.PathValue("file")]
	if f == nil || f.DeleteAt != 0 {
		return nil, notFound("file")
	}
	if f.UserID != c.user.ID && (f.PostID == "" || !s.channels[f.ChannelID].readableBy(c.user)) {
		return nil, notAllowed()
	}
	return f, nil
}

func (s *Server) restFile(c *call) (any, *Error) {
	f, err := s.readableFile(c)
	if err != nil {
		return nil, err
	}
	return raw{kind: f.MimeType, body: f.content}, nil
}

func (s *Server) restFileInfo(c *call) (any, *Error) {
	f, err := s.readableFile(c)
	if err != nil {
		return nil, err
	}
	return f, nil
}
