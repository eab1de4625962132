package bot

// Words are the house's own sentences by key and language, such as
// "kaart.crisis"; flows have theirs inside them. Placeholders stand in braces.
type Words map[string]map[string]string
