package mattermosttest

import (
	"fmt"
	"net/http"
)

// An Error is how the server refuses: what the person at the screen, or the
// bot, is told.
type Error struct {
	ID      string `json:"id"`
	Message string `json:"message"`
	Detail  string `json:"detailed_error"`
	Status  int    `json:"status_code"` // of HTTP
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.ID, e.Message) }

func refuse(status int, id, message string) *Error {
	return &Error{ID: id, Message: message, Status: status}
}

func notAllowed() *Error {
	return refuse(http.StatusForbidden, "api.context.permissions.app_error", "You do not have the appropriate permissions.")
}

func notFound(what string) *Error {
	return refuse(http.StatusNotFound, "app."+what+".get.app_error", "Unable to find the existing "+what+".")
}

func noRoute() *Error {
	return refuse(http.StatusNotFound, "api.context.404.app_error", "Sorry, we could not find the page.")
}

func badBody() *Error {
	return refuse(http.StatusBadRequest, "api.context.invalid_body_param.app_error", "Invalid or missing parameter in request body.")
}

type user struct {
	ID          string            `json:"id"`
	CreateAt    int64             `json:"create_at"`
	UpdateAt    int64             `json:"update_at"`
	DeleteAt    int64             `json:"delete_at"`
	Username    string            `json:"username"`
	Email       string            `json:"email"`
	Nickname    string            `json:"nickname"`
	FirstName   string            `json:"first_name"`
	LastName    string            `json:"last_name"`
	Position    string            `json:"position"`
	Roles       string            `json:"roles"`
	Locale      string            `json:"locale"`
	IsBot       bool              `json:"is_bot,omitempty"`
	BotText     string            `json:"bot_description,omitempty"`
	NotifyProps map[string]string `json:"notify_props,omitempty"`

	owner string
	prefs []preference
}

// seenBy returns u as by may see it: notification settings are one's own.
func (u *user) seenBy(by *user) user {
	c := *u
	if by.ID != u.ID && !by.admin() {
		c.NotifyProps = nil
		c.Email = ""
	}
	return c
}

func (u *user) admin() bool { return hasRole(u.Roles, "system_admin") }

type preference struct {
	UserID   string `json:"user_id"`
	Category string `json:"category"`
	Name     string `json:"name"`
	Value    string `json:"value"`
}

type team struct {
	ID          string `json:"id"`
	CreateAt    int64  `json:"create_at"`
	UpdateAt    int64  `json:"update_at"`
	DeleteAt    int64  `json:"delete_at"`
	DisplayName string `json:"display_name"`
	Name        string `json:"name"`
	Type        string `json:"type"`

	members map[string]*teamMember
}

type teamMember struct {
	TeamID string `json:"team_id"`
	UserID string `json:"user_id"`
	Roles  string `json:"roles"`
}

type channel struct {
	ID            string `json:"id"`
	CreateAt      int64  `json:"create_at"`
	UpdateAt      int64  `json:"update_at"`
	DeleteAt      int64  `json:"delete_at"`
	TeamID        string `json:"team_id"`
	Type          string `json:"type"` // O public, P private, D direct
	DisplayName   string `json:"display_name"`
	Name          string `json:"name"`
	Header        string `json:"header"`
	Purpose       string `json:"purpose"`
	LastPostAt    int64  `json:"last_post_at"`
	TotalMsgCount int64  `json:"total_msg_count"`
	CreatorID     string `json:"creator_id"`

	members map[string]*channelMember
}

func (c *channel) readableBy(u *user) bool {
	return c.members[u.ID] != nil || u.admin() && c.Type != "D"
}

type channelMember struct {
	ChannelID   string            `json:"channel_id"`
	UserID      string            `json:"user_id"`
	Roles       string            `json:"roles"`
	NotifyProps map[string]string `json:"notify_props"`
}

type token struct {
	ID          string `json:"id"`
	Token       string `json:"token,omitempty"`
	UserID      string `json:"user_id"`
	Description string `json:"description"`
	IsActive    bool   `json:"is_active"`
	ExpiresAt   int64  `json:"expires_at"`
}

type command struct {
	ID           string `json:"id"`
	Token        string `json:"token"`
	CreateAt     int64  `json:"create_at"`
	UpdateAt     int64  `json:"update_at"`
	DeleteAt     int64  `json:"delete_at"`
	CreatorID    string `json:"creator_id"`
	TeamID       string `json:"team_id"`
	Trigger      string `json:"trigger"`
	Method       string `json:"method"`
	AutoComplete bool   `json:"auto_complete"`
	Hint         string `json:"auto_complete_hint"`
	Desc         string `json:"auto_complete_desc"`
	DisplayName  string `json:"display_name"`
	Description  string `json:"description"`
	URL          string `json:"url"`
}

type file struct {
	ID        string `json:"id"`
	UserID    string `json:"user_id"`
	PostID    string `json:"post_id,omitempty"`
	ChannelID string `json:"channel_id"`
	CreateAt  int64  `json:"create_at"`
	UpdateAt  int64  `json:"update_at"`
	DeleteAt  int64  `json:"delete_at"`
	Name      string `json:"name"`
	Extension string `json:"extension"`
	Size      int64  `json:"size"`
	MimeType  string `json:"mime_type"`

	content []byte
}

type post struct {
	ID            string         `json:"id"`
	CreateAt      int64          `json:"create_at"`
	UpdateAt      int64          `json:"update_at"`
	EditAt        int64          `json:"edit_at"`
	DeleteAt      int64          `json:"delete_at"`
	IsPinned      bool           `json:"is_pinned"`
	UserID        string         `json:"user_id"`
	ChannelID     string         `json:"channel_id"`
	RootID        string         `json:"root_id"`
	OriginalID    string         `json:"original_id"`
	Message       string         `json:"message"`
	Type          string         `json:"type"`
	Props         map[string]any `json:"props"` // never changed in place
	Hashtags      string         `json:"hashtags"`
	FileIDs       []string       `json:"file_ids"`
	PendingPostID string         `json:"pending_post_id"`
	HasReactions  bool           `json:"has_reactions,omitempty"`
	ReplyCount    int64          `json:"reply_count"`
	LastReplyAt   int64          `json:"last_reply_at"`
	Metadata      *metadata      `json:"metadata,omitempty"`

	order     uint64
	priority  *priority
	reactions []reaction
}

type metadata struct {
	Files     []*file    `json:"files,omitempty"`
	Reactions []reaction `json:"reactions,omitempty"`
	Priority  *priority  `json:"priority,omitempty"`
}

type priority struct {
	Priority                *string `json:"priority"`
	RequestedAck            *bool   `json:"requested_ack"`
	PersistentNotifications *bool   `json:"persistent_notifications"`
}

type reaction struct {
	UserID    string `json:"user_id"`
	PostID    string `json:"post_id"`
	EmojiName string `json:"emoji_name"`
	CreateAt  int64  `json:"create_at"`
	ChannelID string `json:"channel_id"`
}

type pendingPost struct {
	id      string
	expires int64
}

type postList struct {
	Order      []string         `json:"order"`
	Posts      map[string]*post `json:"posts"`
	NextPostID string           `json:"next_post_id"`
	PrevPostID string           `json:"prev_post_id"`
}

// An action is a button or a menu as it is kept; its integration is never shown.
type action struct {
	ID          string       `json:"id"`
	Type        string       `json:"type"`
	Name        string       `json:"name"`
	Style       string       `json:"style"`
	Disabled    bool         `json:"disabled"`
	DataSource  string       `json:"data_source"`
	Options     []Choice     `json:"options"`
	Integration *integration `json:"integration"`
}

type integration struct {
	URL     string         `json:"url"`
	Context map[string]any `json:"context"`
}

// An attachment is the card part of a post, as it is kept.
type attachment struct {
	Fallback   string   `json:"fallback"`
	Color      string   `json:"color"`
	Pretext    string   `json:"pretext"`
	AuthorName string   `json:"author_name"`
	Title      string   `json:"title"`
	TitleLink  string   `json:"title_link"`
	Text       string   `json:"text"`
	Fields     []field  `json:"fields"`
	ImageURL   string   `json:"image_url"`
	Footer     string   `json:"footer"`
	Actions    []action `json:"actions"`
}

type field struct {
	Title string `json:"title"`
	Value any    `json:"value"`
	Short any    `json:"short"`
}
