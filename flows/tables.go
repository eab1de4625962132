// This file is made of the tables: go test ./flows -run Documentation -update

// # The language
//
// A step begins with one verb. A word with * must be there. At the top of a file:
//
//	houvast*            number    the version of the language: 1
//	flow*               name      the id of the flow, as in the name of its file
//	title*              plain     for the coordinator
//	about               plain     what the conversation is for
//	note                plain     a remark for whoever edits the flow
//	owner               plain     who answers for the words
//	reviewer            plain     who read it last
//	reviewed            date      when
//	language*           name      of the texts in this file
//	languages           names     the languages it must be complete in
//	start*              step      the first step
//	trigger             group     starts the flow by itself; a resident's own rhythm wins
//	    every*          one       how often
//	    on              plain     the day: ma to zo for a week, 1 to 28 for a month
//	    at*             clock     the time, in the zone of the house
//	    spread          duration  people are spread over this long
//	uses                names     the facts about a person it may read
//	remember            map       values that outlive the conversation
//	    type*           one       what it is
//	    default         plain     what it is before it was set
//	    keep*           duration  how long it is kept
//	patient             yes       true for menus and welcomes: questions stay open as long as it takes
//	waiting             group     for every question that does not say otherwise
//	    remind_after    duration  one reminder, this long after the question
//	    remind_text     text      the words of the reminder
//	    give_up_after   duration  from then on silence is the answer
//	    then            step      the step that silence leads to
//	steps*              steps     the steps, by id
//
// say: text - sends a text
//
//	numbers             yes       puts the crisis numbers into this message
//	media               name      a picture or recording from the library
//	alt                 text      the picture or recording in words
//	next*               step      where it goes on
//
// ask: choice - asks; one button is the answer
//
//	numbers             yes       puts the crisis numbers into this message
//	text*               text      the question
//	media               name      a picture or recording from the library
//	alt                 text      the picture or recording in words
//	save*               name      the name the answer is kept under
//	buttons*            map       the answers, two or more, by the id that is kept
//	    label*          text      the words on the button; one that names somebody who is not there is not offered
//	    mood            one       bad: who presses it does not feel well
//	    risk            yes       true: who presses it may be in danger
//	    next*           step      where it goes on
//	skip                group     a button that leaves the question open
//	    label*          text      the words on the button
//	    next            step      where it goes on; without it, where the step goes on
//	waiting             group     what happens while the question stands open
//	    remind_after    duration  one reminder, this long after the question
//	    remind_text     text      the words of the reminder
//	    give_up_after   duration  from then on silence is the answer
//	    then            step      the step that silence leads to
//
// ask: multi - asks; several buttons, and one for done
//
//	numbers             yes       puts the crisis numbers into this message
//	text*               text      the question
//	media               name      a picture or recording from the library
//	alt                 text      the picture or recording in words
//	save*               name      the name the answer is kept under
//	buttons*            map       the answers, two or more, by the id that is kept
//	    label*          text      the words on the button; one that names somebody who is not there is not offered
//	    mood            one       bad: who presses it does not feel well
//	    risk            yes       true: who presses it may be in danger
//	done                text      the words on the done button
//	skip                group     a button that leaves the question open
//	    label*          text      the words on the button
//	    next            step      where it goes on; without it, where the step goes on
//	waiting             group     what happens while the question stands open
//	    remind_after    duration  one reminder, this long after the question
//	    remind_text     text      the words of the reminder
//	    give_up_after   duration  from then on silence is the answer
//	    then            step      the step that silence leads to
//	next*               step      where it goes on
//
// ask: scale - asks for a number
//
//	numbers             yes       puts the crisis numbers into this message
//	text*               text      the question
//	media               name      a picture or recording from the library
//	alt                 text      the picture or recording in words
//	save*               name      the name the answer is kept under
//	from*               number    the lowest number
//	to*                 number    the highest; a scale has two to ten numbers
//	low*                text      what the lowest means
//	high*               text      what the highest means
//	skip                group     a button that leaves the question open
//	    label*          text      the words on the button
//	    next            step      where it goes on; without it, where the step goes on
//	waiting             group     what happens while the question stands open
//	    remind_after    duration  one reminder, this long after the question
//	    remind_text     text      the words of the reminder
//	    give_up_after   duration  from then on silence is the answer
//	    then            step      the step that silence leads to
//	next*               step      where it goes on
//
// ask: open - asks for own words
//
//	numbers             yes       puts the crisis numbers into this message
//	accept*             many      in which ways it may be answered
//	text*               text      the question
//	media               name      a picture or recording from the library
//	alt                 text      the picture or recording in words
//	save*               name      the name the answer is kept under
//	skip                group     a button that leaves the question open
//	    label*          text      the words on the button
//	    next            step      where it goes on; without it, where the step goes on
//	waiting             group     what happens while the question stands open
//	    remind_after    duration  one reminder, this long after the question
//	    remind_text     text      the words of the reminder
//	    give_up_after   duration  from then on silence is the answer
//	    then            step      the step that silence leads to
//	next*               step      where it goes on
//
// branch: rows - goes on by what is known; the first row that holds
//
//	else*               step      where it goes on when no row holds
//
// set: name - keeps a value
//
//	to*                 value     a word, a number, or a name and a number more
//	next*               step      where it goes on
//
// signal: distress | good_news | contact | practical_help | peer_worry | crisis - passes something on to people; the network says to whom
//
//	share               share     the answers it carries; own words only with a condition on consent
//	heard_by            name      the choice question in which the resident said who may hear it
//	text*               plain     what the professional reads, without the resident's own words
//	tell*               text      what the resident hears; {belofte} is what the network can promise at that moment
//	next*               step      where it goes on
//
// contact: fixed_contact | maatje | team - asks for a person; when and how are asked in parts
//
//	when                names     what may be chosen; a single one is taken without asking
//	how                 names     likewise
//	labels              labels    own words on the buttons
//	text                text      the question; needed when something is asked
//	share               share     the answers it carries; own words only with a condition on consent
//	tell*               text      what the resident hears; {belofte} is what the network can promise at that moment
//	waiting             group     what happens while the question stands open
//	    remind_after    duration  one reminder, this long after the question
//	    remind_text     text      the words of the reminder
//	    give_up_after   duration  from then on silence is the answer
//	    then            step      the step that silence leads to
//	next*               step      where it goes on
//
// show: contacts | numbers | who_reads | my_data | rhythm | looked | social_map - shows something the house knows
//
//	text                text      words above it
//	next*               step      where it goes on
//
// schedule: name - starts another flow later; quiet hours shift it
//
//	in*                 duration  how much later
//	at                  clock     at what time on that day
//	next*               step      where it goes on
//
// handoff: fixed_contact | maatje | team - a human takes over; the bot is silent until given back
//
//	text*               text      what the resident hears; may hold {belofte}
//	give_back_after*    duration  then the bot takes over again by itself
//	next*               step      where it goes on
//
// call: name - has another flow first, then goes on
//
//	next*               step      where it goes on
//
// interrupt: name - leaves for the crisis card or another flow, and does not come back
//
// end: name - says goodbye; the word behind it is the outcome
//
//	text                text      the goodbye; without it the flow ends in silence
package flows
