package mattermosttest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A Screen is one person's Mattermost. Its methods do what the person could do
// by hand, and fail as the person would see it fail: with an *Error.
type Screen struct {
	s    *Server
	name string
}

// User returns the screen of a person, by username.
func (s *Server) User(name string) *Screen { return &Screen{s, name} }

// person returns who sits at the screen, while the server is there.
func (p *Screen) person() (*user, *Error) {
	if p.s.down || p.s.closed {
		return nil, refuse(http.StatusServiceUnavailable, "", "Mattermost is unreachable.")
	}
	u := p.s.names[p.name]
	if u == nil {
		return nil, notFound("user")
	}
	return u, nil
}

// somebody is person for the methods that do not hold mu.
func (p *Screen) somebody() (*user, *Error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.person()
}

// Press presses the button label on a card of a channel: the nth card with
// buttons, "1" the oldest, or the newest one that shows the words of card.
// For a menu, label is one of its choices.
func (p *Screen) Press(ctx context.Context, channel, card, label string) error {
	post, err := p.s.card(channel, card)
	if err != nil {
		return err
	}
	return p.PressPost(ctx, post.ID, label)
}

func (s *Server) card(channel, card string) (Post, error) {
	open := slices.DeleteFunc(s.Posts(channel), func(p Post) bool { return len(p.Buttons()) == 0 })
	if n, err := strconv.Atoi(card); err == nil {
		if n < 1 || n > len(open) {
			return Post{}, fmt.Errorf("channel %s has %d cards with buttons, none is number %d", channel, len(open), n)
		}
		return open[n-1], nil
	}
	for _, p := range slices.Backward(open) {
		if strings.Contains(p.String(), card) {
			return p, nil
		}
	}
	return Post{}, fmt.Errorf("channel %s has no card with buttons that says %q", channel, card)
}

// PressPost presses a button of a post, by its label or its id. A button that
// no longer stands there may be pressed by its id, as by somebody whose screen
// is old.
func (p *Screen) PressPost(ctx context.Context, postID, button string) error {
	u, problem := p.somebody()
	if problem != nil {
		return problem
	}
	id, selected := button, ""
	if post, ok := p.s.Find(postID); ok {
	search:
		for _, b := range post.Buttons() {
			if b.Label == button {
				id = b.ID
				break
			}
			for _, c := range b.Choices {
				if c.Text == button {
					id, selected = b.ID, c.Value
					break search
				}
			}
		}
	}
	if _, problem := p.s.press(ctx, u, postID, id, selected); problem != nil {
		return problem
	}
	return nil
}

// Command types a slash command, "/houvast uitnodigen", in the first of the
// person's channels, or in the one given.
func (p *Screen) Command(ctx context.Context, line string, channel ...string) error {
	u, problem := p.somebody()
	if problem != nil {
		return problem
	}
	where := ""
	if len(channel) > 0 {
		p.s.mu.Lock()
		if c := p.s.channelCalled(channel[0]); c != nil {
			where = c.ID
		}
		p.s.mu.Unlock()
	} else {
		for _, c := range p.s.Channels(p.name) {
			if c.Kind != "direct" {
				where = c.ID
				break
			}
		}
	}
	if _, problem := p.s.execute(ctx, u, where, line, ""); problem != nil {
		return problem
	}
	return nil
}

// Post says something in a channel, with files uploaded before. The id of the
// post comes back.
func (p *Screen) Post(channel, text string, files ...string) (string, error) {
	return p.say(channel, "", text, files)
}

// Reply answers in the thread of a post.
func (p *Screen) Reply(postID, text string, files ...string) (string, error) {
	p.s.mu.Lock()
	on := p.s.posts[postID]
	p.s.mu.Unlock()
	if on == nil {
		return "", notFound("post")
	}
	root := on.RootID
	if root == "" {
		root = on.ID
	}
	return p.say(on.ChannelID, root, text, files)
}

// Direct writes to one person alone.
func (p *Screen) Direct(name, text string, files ...string) (string, error) {
	p.s.mu.Lock()
	u, problem := p.person()
	to := p.s.names[name]
	where := ""
	if problem == nil && to != nil {
		where = p.s.direct(u, to).ID
	}
	p.s.mu.Unlock()
	if problem != nil {
		return "", problem
	}
	return p.say(where, "", text, files)
}

func (p *Screen) say(channel, root, text string, files []string) (string, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u, problem := p.person()
	if problem != nil {
		return "", problem
	}
	c := p.s.channelCalled(channel)
	if c == nil {
		return "", notFound("channel")
	}
	made, problem := p.s.createPost(u, post{ChannelID: c.ID, RootID: root, Message: text, FileIDs: files})
	if problem != nil {
		return "", problem
	}
	return made.ID, nil
}

// Edit changes the words of an own post.
func (p *Screen) Edit(postID, text string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u, problem := p.person()
	if problem == nil {
		_, problem = p.s.changePost(u, postID, postChange{Message: &text})
	}
	return orNil(problem)
}

// Delete takes away an own post.
func (p *Screen) Delete(postID string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u, problem := p.person()
	if problem == nil {
		problem = p.s.removePost(u, postID)
	}
	return orNil(problem)
}

// React puts an emoji, "tada", on a post.
func (p *Screen) React(postID, emoji string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u, problem := p.person()
	if problem != nil {
		return problem
	}
	on := p.s.posts[postID]
	if on == nil || !p.s.channels[on.ChannelID].readableBy(u) {
		return notFound("post")
	}
	p.s.react(u, on, emoji)
	return nil
}

// Upload puts a file beside a channel and returns its id, for Post or Reply.
func (p *Screen) Upload(channel, name string, content []byte) (string, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u, problem := p.person()
	if problem != nil {
		return "", problem
	}
	c := p.s.channelCalled(channel)
	if c == nil {
		return "", notFound("channel")
	}
	f, problem := p.s.addFile(u, c.ID, name, content)
	if problem != nil {
		return "", problem
	}
	return f.ID, nil
}

// Plant puts a post with an own button in a channel, that leads to url with a
// context of the person's choice. Any member of a real server can do that.
func (p *Screen) Plant(channel, text, label, url string, with map[string]any) (string, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u, problem := p.person()
	if problem != nil {
		return "", problem
	}
	c := p.s.channelCalled(channel)
	if c == nil {
		return "", notFound("channel")
	}
	made, problem := p.s.createPost(u, post{ChannelID: c.ID, Message: text, Props: map[string]any{"attachments": []any{map[string]any{
		"text": text, "actions": []any{map[string]any{"id": "planted", "type": "button", "name": label,
			"integration": map[string]any{"url": url, "context": with}}},
	}}}})
	if problem != nil {
		return "", problem
	}
	return made.ID, nil
}

// Forge submits a dialog that was never opened: address, state and answers are
// the person's choice. Any member of a real server can do that; the user id is
// the person's own all the same, and the channel must be readable.
func (p *Screen) Forge(ctx context.Context, channel, url, callbackID, state string, answers map[string]any) error {
	u, problem := p.somebody()
	if problem != nil {
		return problem
	}
	id, teamID := p.standing([]string{channel})
	said, problem := p.s.submit(ctx, u, submission{URL: url, CallbackID: callbackID, State: state, ChannelID: id, TeamID: teamID, Submission: answers})
	if problem != nil {
		return problem
	}
	if said.Error != "" || len(said.Errors) > 0 {
		text, _ := json.Marshal(said)
		return refuse(http.StatusOK, "dialog", string(text))
	}
	return nil
}

// orNil keeps a nil *Error from becoming an error that is not nil.
func orNil(problem *Error) error {
	if problem == nil {
		return nil
	}
	return problem
}
