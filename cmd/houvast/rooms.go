package main

import (
	"slices"

	"houvast/bot/mattermost"
	"houvast/signals"
)

// rooms are the channels a network speaks of, with who belongs there.
func rooms(n *signals.Network) []mattermost.Room {
	var rs []mattermost.Room
	for _, key := range sortedKeys(n.Teams) {
		team := n.Teams[key]
		var members []string
		for _, m := range append(slices.Clone(team.Members), team.Coordinator) {
			if p := n.People[m]; p.Mattermost != "" && !slices.Contains(members, p.Mattermost) {
				members = append(members, p.Mattermost)
			}
		}
		for _, channel := range []string{team.Channel, team.GoodNews} {
			if channel != "" {
				rs = append(rs, mattermost.Room{Channel: channel, Members: members})
			}
		}
	}
	return rs
}
