// Command mattermostreal is the real Mattermost server, Team Edition 11.1.0, as
// a test partner for the door and for our own pretend server. It is a separate
// program in a module of its own: none of its dependencies reach the house, and
// no person of a municipality ever runs it. The script .ci/mattermost builds it
// and starts it; nothing else needs it.
package main

import (
	"os"

	"github.com/mattermost/mattermost/server/v8/cmd/mattermost/commands"

	_ "github.com/mattermost/mattermost/server/v8/channels/app/oauthproviders/gitlab"
	_ "github.com/mattermost/mattermost/server/v8/channels/app/slashcommands"
)

func main() {
	if err := commands.Run(os.Args[1:]); err != nil {
		os.Exit(1)
	}
}
