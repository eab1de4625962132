package flows

// A Flow is a conversation the bot can have. It never changes: editing one
// publishes a new version.
type Flow struct {
	ID      string
	Version int
}
