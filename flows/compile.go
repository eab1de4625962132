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

// Trusted makes flows of drafts that were checked before, such as versions that
// were published, and links them. It never refuses: a house must be able to go
// on with every conversation it began, also when newer checks are stricter. The
// engine is total on whatever comes out.
func Trusted(ds []Draft) []*Flow {
	fs := make([]*Flow, len(ds))
	for i, d := range ds {
		fs[i] = index(d)
	}
	return Link(fs...)
}

// CompileSet makes flows of drafts that belong together, checks them and what
// lies between them, and links them. With a fault in any of them there are no
// flows at all: half a house is not published.
func CompileSet(ds []Draft, w World) ([]*Flow, []Finding) {
	found := CheckSet(ds, w)
	if Blocks(found) {
		return nil, found
	}
	return Trusted(ds), found
}
