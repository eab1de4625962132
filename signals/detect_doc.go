// Detecting is a visible list of words with rules, not a model: every hit can be
// explained, repeated and mended the same day. It marks a message for a person
// to read. It gives no score, no diagnosis, and it is never the only net: the
// buttons are always there, and a person reads every text each working day.
//
// A text is normalised, cut into clauses, and every pattern is tried on every
// clause. A guard takes figurative words away, within its clause and only the
// words it met. A lowering marks words that are denied or past: they say distress
// with a soft check, never nothing. The loudest clause wins; good news and a
// crisis may be in one text.
//
// # Classes
//
// .
//
// # Figures
//
// The figures are those of signals/testdata/putaway.tsv: how many sentences of
// the class it holds, and how many of them were read as crisis, as distress and
// as nothing. Those sentences were written before the first pattern, put away,
// and not looked at while patterns were written; they stay in the repository as
// the regression set. Whoever mends the list because of one of them makes the
// figures a little less honest, and says so here.
//
// They were labelled by those who built the list. Before a municipality uses it, a
// clinician and a peer expert review the labels, and a native speaker each
// language but Dutch; until then a hit in one of those says so on its card.
package signals
