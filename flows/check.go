package flows

// A World is what the checks must know of the house around the flows. The zero
// World knows nothing, and what it does not know is not checked.
type World struct {
	Today string // such as 2026-11-22, for reviews that are too old
}

// Check says what is wrong with one flow, or could be better.
func Check(d Draft) []Finding {
	return nil
}

// CheckSet says what is wrong with flows that belong together: with each of
// them, and between them.
func CheckSet(ds []Draft, w World) []Finding {
	var found []Finding
	for _, d := range ds {
		found = append(found, Check(d)...)
	}
	return found
}
