package flows

// Compile makes a flow that may be had of what a coordinator wrote, together
// with everything there is to say about it. With a fault among the findings
// there is no flow. The draft is the flow's from then on: do not change it.
//
// What only shows between flows, such as a call to one that is not there, is
// found by [CheckSet].
func Compile(d Draft) (*Flow, []Finding) {
	found := Check(d)
	if Blocks(found) {
		return nil, found
	}
	return index(d), found
}

// CompileSet makes flows of drafts that belong together, checks them and what
// lies between them, and links them. With a fault in any of them there are no
// flows at all: half a house is not published.
func CompileSet(ds []Draft, w World) ([]*Flow, []Finding) {
	found := CheckSet(ds, w)
	if Blocks(found) {
		return nil, found
	}
	fs := make([]*Flow, len(ds))
	for i, d := range ds {
		fs[i] = index(d)
	}
	return Link(fs...), found
}
