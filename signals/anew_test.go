package signals

import "time"

// OpenAnew, NextAnew and AfterAnew are Open, Next and After as they are when every
// question is answered anew.
func (n *Network) OpenAnew(c Case, now time.Time) Route      { return n.open(c, now) }
func (n *Network) NextAnew(c Case, now time.Time) Route      { return n.next(c, now) }
func (n *Network) AfterAnew(c Case, now time.Time) time.Time { return n.after(c, n.moment(now)) }
