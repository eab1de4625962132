package flows

// ButtonsAt gives tests both ways in which the engine knows the buttons of a step:
// those it shows, the skip button aside, and whether it takes a press on one.
func ButtonsAt(f *Flow, p Person, step string) (shown map[string]bool, offers func(id string) bool) {
	w := walk{f: f, p: p, s: State{Flow: f.ID, Step: step}}
	s := w.step(step)
	shown = map[string]bool{}
	for _, b := range w.buttons(s) {
		shown[b.ID] = b.ID != ButtonSkip
	}
	return shown, func(id string) bool { return w.offers(s, id) }
}
