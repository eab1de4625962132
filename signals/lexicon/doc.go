// Package lexicon finds the words that must not be missed in what people write.
//
// It is a visible list of words with rules, not a model: every hit can be
// explained, repeated and mended the same day. It marks a message for a person
// to read. It gives no score, no diagnosis, and it is never the only net: the
// buttons are always there, and a person reads every text each working day.
//
// A text is normalised, with a wall between its sentences, and every pattern is
// tried on it. A guard takes figurative words away, within its sentence and only the
// words it met; where somebody goes on about himself, as in "maar ik", it ends. A
// lowering marks words that are denied or past: they say distress with a soft check,
// never nothing. The loudest words win; good news and a crisis may be in one text.
//
// Most patterns say what must stand together, near each other and in any order: a
// person, an act, a place, a moment. A few ask for it across sentences. Words that
// say nothing may stand between, two words typed as one are cut apart, an unknown
// word is read as it sounds, and dialects are spellings of the same words.
//
// # Classes
//
//	class  entries  patterns  n: cr, di, none  meaning
//	C1          18       379  13: 13, 0, 0     a wish to be dead
//	C2           8       174  13: 13, 0, 0     suicide or self-harm, by its words and idioms
//	C3           8       249  12: 12, 0, 0     a passive wish, being a burden
//	C4           8       264  10: 10, 0, 0     a farewell
//	C5           9       303  12: 12, 0, 0     a plan, a place, means at hand
//	C6           6       157  8: 8, 0, 0       an act in progress
//	C7           4        82  7: 7, 0, 0       voices that command
//	C8           5       162  8: 8, 0, 0       harm to others
//	C9           8       250  9: 9, 0, 0       a physical emergency, violence now, a child in danger
//	C10          5       134  7: 7, 0, 0       fear of one's own act
//	C11          7       158  7: 7, 0, 0       psychotic danger: poison, pursuit with action, disorientation, days without drinking
//	C12         21       408  12: 12, 0, 0     any of these in another language
//	D1           6       117  8: 1, 7, 0       not well
//	D2           3        43  5: 1, 4, 0       sleep
//	D3           3        70  6: 0, 6, 0       voices, suspicion
//	D4           3        34  5: 0, 5, 0       medication stopped or gone
//	D5           4        57  5: 0, 5, 0       withdrawal, self-neglect
//	D6           3        54  5: 0, 5, 0       loneliness
//	D7           3        39  5: 0, 5, 0       relapse in use
//	D8           4        60  5: 0, 4, 1       money, housing, food
//	D9           4        67  6: 1, 5, 0       fear, agitation, anger
//	D10          7        99  6: 0, 6, 0       hopelessness
//	D11          4        62  6: 0, 6, 0       wants contact, feels forgotten
//	D12          3        38  5: 1, 4, 0       worry about somebody else
//	D13          4        33  5: 0, 5, 0       rates the day 1 or 2, or sends only a sad emoji
//	D14         16       212  5: 0, 5, 0       distress in another language
//	G1           2        21  -                good news
//	guard       31       485  -                figurative words, taken away before signs are looked for
//	lower        8        52  -                denied or past, from crisis to distress
//	none         0         0  103: 1, 5, 97    harmless sentences
//	all        215      4263
//
// # Figures
//
// The figures are those of testdata/putaway.tsv: how many sentences of
// the class it holds, and how many of them were read as crisis, as distress and
// as nothing. Those sentences were written before the first pattern and put away.
// Their totals were looked at once, 100% of the crisis and 98.7% of the distress
// was found; after that the list was built further on other sentences, none of
// the put-away ones was ever read or tuned to.
//
// They flatter all the same: whoever wrote them wrote the patterns too. Closer to
// what a resident will meet are eight batches written later, harder on purpose,
// and each measured before a pattern was changed for it:
//
//	batch  crisis  noticed  at crisis level  distress noticed  harmless: n, crisis, distress
//	1      103     62%      57%              67%               142, 0.7%, 7.7%
//	2      82      79%      77%              90%               35, 0%, 0%
//	3      63      83%      78%              -                 60, 1.7%, 13%
//	4      97      70%      63%              -                 20, 30%, 0%
//	5      87      78%      70%              70%               30, 17%, 0%
//	6      55      69%      64%              -                 45, 6.7%, 8.9%
//	7      56      79%      75%              90%               40, 0%, 2.5%
//	8      66      77%      73%              86%               25, 8%, 12%
//
// After each batch the list was mended for it, so nearly all of them pass now;
// they are testdata/later.tsv, the regression set. The gates of the
// domain research are not yet met on sentences like these.
//
// Then somebody who had not seen the list, nor any sentence written for it, wrote
// 265 more. Before anything was changed for them the list did this:
//
//	crisis noticed at any level           86.7%  of 90; the gate is 95%
//	crisis noticed at crisis level        83.3%  of 90; the gate is 90%
//	distress noticed                      85.0%  of 80; the gate is 80%
//	crisis given to a harmless sentence    4.2%  of 95; the gate is 3%
//	distress raised to crisis              1.2%  of 80; the gate is 10%
//	distress given to a harmless sentence  6.3%  of 95; the gate is 10%
//
// They are testdata/outside.tsv. The list was widened for what they mean
// and tuned to them, so what it finds there now says only that nothing gets lost.
//
// Then three more writers made 330 each, without having seen the list. The first two
// were used to widen it by kind of meaning; the third was measured before the
// widening, and again after it and before anybody had read those sentences:
//
//	                                      first  second  third  third, after
//	crisis noticed at any level           90.8%  84.2%   89.2%  95.8%  of 120 each; the gate is 95%
//	crisis noticed at crisis level        87.5%  78.3%   83.3%  92.5%  of 120 each; the gate is 90%
//	distress noticed                      83.0%  78.0%   76.0%  89.0%  of 100 each; the gate is 80%
//	crisis given to a harmless sentence    3.6%   5.5%    4.5%   6.4%  of 110 each; the gate is 3%
//	distress raised to crisis              2.0%   3.0%    3.0%   4.0%  of 100 each; the gate is 10%
//	distress given to a harmless sentence  3.6%   9.1%    6.4%   9.1%  of 110 each; the gate is 10%
//
// After that the third was read too, and the guards were widened most; all 990 are
// testdata/outside2.tsv. Of six rounds written in between by those who build
// the list, and measured before a pattern was changed for them, the figures were:
//
//	round                crisis: n, noticed, at level  distress noticed  harmless: n, crisis, distress
//	A, hard              61, 67%, 59%                  87% of 31         108, 11%, 15%
//	B, hard, harmless    -                             -                 143, 3.5%, 9.8%
//	C, hard              58, 74%, 69%                  77% of 30         40, 7.5%, 10%
//	D, plain words       51, 98%, 98%                  100% of 29        35, 5.7%, 5.7%
//	E, hard, harmless    -                             -                 75, 6.7%, 9.3%
//	F, hard, harmless    -                             -                 75, 16%, 5.3%
//
// Then two more writers, without having seen the list, made a fourth set of 330
// sentences and a fifth of 300 that are meant to deceive. Before a pattern was changed for them:
//
//	                                      fourth            fifth
//	crisis noticed at any level           94.2% of 121      84.4% of 32    the gate is 95%
//	crisis noticed at crisis level        92.6% of 121      81.2% of 32    the gate is 90%
//	distress noticed                      92.9% of 99       92.9% of 28    the gate is 80%
//	crisis given to a harmless sentence    5.5% of 110       4.6% of 240   the gate is 3%
//	distress raised to crisis              5.1% of 99       10.7% of 28    the gate is 10%
//	distress given to a harmless sentence  9.1% of 110      10.0% of 240   the gate is 10%
//
// Both were read afterwards and the list was tuned to them, so what it finds there
// now, in testdata/outside3.tsv, says only that nothing gets lost. Meanwhile
// those who build the list wrote five rounds of harmless sentences, 656 in all: of
// kitchens, sport, games, journeys, machines, work, hospitals and old stories. Each
// was measured before a pattern was changed for it, and gave a crisis for 8.1%, 14%,
// 4.0%, 11% and 5.2%; tightening on one round did not lower the next by itself, so
// the gate of 3% is not shown to be met on sentences that nobody tuned to.
// Of 40 crises in words of their own, written last, 70% was noticed before a pattern
// was added for some of them.
//
// Last, three more writers, who had seen neither the list nor one another's
// sentences, wrote 300 each: testdata/blind.tsv. While they were measured no pattern was
// written for one of them, and nobody who writes patterns had read them. But their totals
// were looked at ten times, over eight states of the list, and the widening on the others
// went on because of what they showed: they were not a test looked at once, at the end.
// They are invented, as all sentences here; no resident wrote one. Before the
// widening, and after it:
//
//	                                      before  after  of    each writer after
//	crisis noticed at any level           92.2%   95.8%  333   92.9%, 96.4%, 98.2%; the gate is 95%
//	crisis noticed at crisis level        89.2%   94.0%  333   92.0%, 92.7%, 97.3%; the gate is 90%
//	distress noticed                      86.2%   94.8%  269   96.6%, 93.3%, 94.4%; the gate is 80%
//	crisis given to a harmless sentence    7.4%    3.0%  298   4.1%, 2.0%, 3.0%; the gate is 3%
//	distress raised to crisis              2.2%    2.6%  269   1.1%, 3.3%, 3.3%; the gate is 10%
//	distress given to a harmless sentence  9.7%    8.4%  298   8.2%, 9.0%, 8.0%; the gate is 10%
//
// So all gates but one held on these together: of crisis given to a harmless one, 9 of
// 298 was one sentence too many, and the first writer alone missed two. They have been
// read and tuned to since.
//
// On 2026-11-28 seven more rounds were made by outside writers, 2,688 sentences in all,
// each round measured before a pattern was changed for it and then tuned to; they are
// testdata/outside4.tsv. As each was met, in the order in which they came:
//
//	round                                  1      2      3      4      5      6      7
//	crisis noticed at any level           95.6%  93.3%  84.5%  89.4%  92.2%  92.2%  91.7%  of 90, 120, 200, 180, 180, 180, 120
//	crisis noticed at crisis level        93.3%  87.5%  75.5%  83.9%  88.3%  86.7%  87.5%
//	distress noticed                      98.6%  95.0%  90.0%  96.7%  85.0%  98.3%  90.0%  of 70, 60, 80, 60, 60, 60, 90
//	crisis given to a harmless sentence    5.0%   2.3%   1.7%   3.3%   1.7%   6.7%   1.7%  of 160, 220, 120, 180, 180, 180, 120
//	distress given to a harmless sentence 10.0%   5.0%   7.5%   5.6%  10.0%  11.7%   5.0%
//
// After the last round three further writers' sentences, which nobody had read or
// measured, were measured once: testdata/blind2.tsv, with the list of that
// morning beside the one of that evening:
//
//	                                      morning  evening  of   each writer, evening
//	crisis noticed at any level           93.1%    93.7%    350  92.7%, 95.5%, 93.1%; the gate is 95%
//	crisis noticed at crisis level        89.1%    89.4%    350  87.3%, 91.8%, 89.2%; the gate is 90%
//	distress noticed                      89.3%    89.6%    270  90.0%, 88.9%, 90.0%; the gate is 80%
//	crisis given to a harmless sentence    3.2%     3.2%    380   1.0%,  5.0%,  3.3%; the gate is 3%
//	distress raised to crisis              1.9%     1.5%    270   2.2%,  1.1%,  1.1%; the gate is 10%
//	distress given to a harmless sentence  8.9%     8.2%    380   4.0%, 10.0%,  9.4%; the gate is 10%
//
// 45 of these 1,000 are word for word among the sentences that were tuned to, as short
// ones are ("ik wil dood"). So three gates of six were missed on sentences that nobody
// had tuned to, and a day of tuning on 2,700 others moved them by half a point. These
// too have been read and tuned to since.
//
// Then three more outside writers made 1,010 sentences, and nobody who writes patterns
// had read one when they were measured, with the list of the morning of 2026-11-28 and
// with that of midday. Two of them write as most people here do, testdata/blind3.tsv;
// the third was a community nurse, who writes indirectly, as people say it to a nurse:
// testdata/nurse.tsv.
//
//	                                      two, morning  midday  nurse, morning  midday
//	crisis noticed at any level           91.2%         94.2%   69.1%           70.9%   of 240, 110; the gate is 95%
//	crisis noticed at crisis level        88.8%         92.1%   61.8%           63.6%   of 240, 110; the gate is 90%
//	distress noticed                      -             86.4%   -               80.9%   of 220, 110; the gate is 80%
//	crisis given to a harmless sentence    2.3%          2.3%    5.5%            5.5%   of 220, 110; the gate is 3%
//
// So on the sentences of a nurse who writes indirectly, the list noticed only 69 to 71% of the crises
// when it first saw them, and called 5.5% of the harmless a crisis. Who does not name it, but says
// that the dog is away and the folder lies on the table, is missed about three times in ten.
// They were read after that and the list was widened by kind: affairs put in order, not
// being there after a day, a remark at a height, a child in danger. It notices all of them
// now, which says only that nothing gets lost. Of three rounds of other wordings of the
// same kinds, written by those who build the list and each measured before a pattern was
// changed for it, it noticed 71% of 69 crises, 61% of 51 and 53% of 15, and at crisis level
// 62%, 47% and 27%; of harmless sentences meant to look like them it gave a crisis to 12 of 62,
// 1 of 27 and 30 of 61. They are in testdata/later.tsv now, with 16 of those 150 harmless ones
// still a crisis. So more patterns of this kind do not close what is left. What a list
// cannot find must be met by people who read, and by asking.
//
// Plain prose that speaks of nothing of the kind gave 60 crises in 40,929 sentences
// (handbooks of Debian and LibreOffice, the talks of a puzzle game), from 99 before.
//
// What people say in plain words is found; what they say in words of their own is
// found two times out of three to nine times out of ten. Jokes, games and old stories that are hard on purpose
// still give a crisis more often than the gate allows. Read the table above as what
// must never be lost, and the figures below it as why the list is never the only net.
//
// The sentences were labelled by those who wrote them. Before a municipality
// uses it, a clinician and a peer expert review the labels, and a native speaker
// each language but Dutch; until then a hit in one of those says so on its card.
package lexicon
