package main

import "io"

func detect(args []string, in io.Reader, out, errOut io.Writer) int { return 2 }
