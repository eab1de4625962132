// Package author holds the commands of whoever writes what Houvast says and hears:
// houvast flows for the conversations, houvast detect for the word list. They need no
// house, no settings and no database, only files.
package author

// The exit codes, as every command of houvast has them.
const (
	exitOK     = 0
	exitFaults = 1 // faults were found, or the work could not be done
	exitUsage  = 2 // the call's words are off
)
