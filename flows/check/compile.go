package check

import "houvast/flows"

// Compile makes a flow that may be had of what a coordinator wrote, together
// with everything there is to say about it. With a fault among the findings
// there is no flow. The draft is the flow's from then on: do not change it.
//
// What only shows between flows, such as a call to one that is not there, is
// found by [Set].
func Compile(d flows.Draft) (*flows.Flow, []flows.Finding) {
	found := Flow(d)
	if flows.Blocks(found) {
		return nil, found
	}
	return flows.Trusted([]flows.Draft{d})[0], found
}

// CompileSet makes flows of drafts that belong together, checks them and what
// lies between them, and links them. With a fault in any of them there are no
// flows at all: half a house is not published.
func CompileSet(ds []flows.Draft, w World) ([]*flows.Flow, []flows.Finding) {
	found := Set(ds, w)
	if flows.Blocks(found) {
		return nil, found
	}
	return flows.Trusted(ds), found
}
