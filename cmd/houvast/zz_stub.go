package main

import (
	"context"
	"io"

	"houvast/web"
)

type sandbox struct{ web.Sandbox }

func newSandbox(*town) *sandbox                 { return nil }
func (*sandbox) settleIn(context.Context) error { return nil }

func detect(args []string, in io.Reader, out, errOut io.Writer) int       { return 2 }
