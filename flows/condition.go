package flows

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Condition is what must hold for a row of a branch, or for an answer to be
// shared. It is a list of clauses, all joined by "and" or all by "or", so that a
// form can show it as rows. Without clauses it always holds.
type Condition struct {
	Any     bool // joined by "or"
	Clauses []Clause
}

// An Op is how a clause compares.
type Op string

// The comparisons of the language.
const (
	Is          Op = "is"
	IsNot       Op = "is not"
	IsOneOf     Op = "is one of"
	Less        Op = "<"
	AtMost      Op = "<="
	More        Op = ">"
	AtLeast     Op = ">="
	Answered    Op = "answered"
	NotAnswered Op = "not answered"
)

// A Clause compares one answer or remembered value.
type Clause struct {
	Name   string
	Op     Op
	Values []string // of is, is not and is one of
	Number int      // of the four that compare numbers
}

// ParseCondition reads a condition as it is written in a flow, such as
// "stemming is slecht and slaap <= 2". The error is a Dutch sentence for the
// coordinator.
func ParseCondition(text string) (Condition, error) {
	var c Condition
	text = strings.Join(strings.Fields(text), " ")
	parts := strings.Split(text, " and ")
	if len(parts) == 1 {
		parts = strings.Split(text, " or ")
		c.Any = len(parts) > 1
	} else if strings.Contains(text, " or ") {
		return c, fmt.Errorf("'and' en 'or' door elkaar kan niet: maak er twee regels van")
	}
	for _, part := range parts {
		clause, err := parseClause(part)
		if err != nil {
			return Condition{}, err
		}
		c.Clauses = append(c.Clauses, clause)
	}
	return c, nil
}

func parseClause(text string) (Clause, error) {
	name, rest, ok := strings.Cut(strings.TrimSpace(text), " ")
	if !ok || rest == "" {
		return Clause{}, fmt.Errorf("deze voorwaarde is niet af: '%s'", text)
	}
	c := Clause{Name: name}
	switch {
	case rest == string(Answered), rest == string(NotAnswered):
		c.Op = Op(rest)
		return c, nil
	case strings.HasPrefix(rest, "is one of [") && strings.HasSuffix(rest, "]"):
		c.Op = IsOneOf
		list := strings.TrimSuffix(strings.TrimPrefix(rest, "is one of ["), "]")
		for _, v := range strings.Split(list, ",") {
			c.Values = append(c.Values, strings.TrimSpace(v))
		}
		if slices.Contains(c.Values, "") {
			return Clause{}, fmt.Errorf("deze lijst is niet af: '%s'", text)
		}
		return c, nil
	case strings.HasPrefix(rest, "is not "):
		c.Op, c.Values = IsNot, []string{rest[len("is not "):]}
	case strings.HasPrefix(rest, "is "):
		c.Op, c.Values = Is, []string{rest[len("is "):]}
	default:
		op, number, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(number)
		if err != nil || !slices.Contains([]Op{Less, AtMost, More, AtLeast}, Op(op)) {
			return Clause{}, fmt.Errorf("deze voorwaarde snap ik niet: '%s'", text)
		}
		c.Op, c.Number = Op(op), n
		return c, nil
	}
	if strings.ContainsAny(c.Values[0], " []<>=") {
		return Clause{}, fmt.Errorf("deze voorwaarde snap ik niet: '%s'", text)
	}
	return c, nil
}

// String writes the condition as it stands in a file.
func (c Condition) String() string {
	parts := make([]string, len(c.Clauses))
	for i, cl := range c.Clauses {
		switch cl.Op {
		case Answered, NotAnswered:
			parts[i] = cl.Name + " " + string(cl.Op)
		case IsOneOf:
			parts[i] = cl.Name + " is one of [" + strings.Join(cl.Values, ", ") + "]"
		case Is, IsNot:
			parts[i] = cl.Name + " " + string(cl.Op) + " " + strings.Join(cl.Values, "")
		default:
			parts[i] = fmt.Sprintf("%s %s %d", cl.Name, cl.Op, cl.Number)
		}
	}
	if c.Any {
		return strings.Join(parts, " or ")
	}
	return strings.Join(parts, " and ")
}

// Words says the condition in Dutch, for a picture or a list.
func (c Condition) Words() string {
	parts := make([]string, len(c.Clauses))
	for i, cl := range c.Clauses {
		switch cl.Op {
		case Answered:
			parts[i] = cl.Name + " is beantwoord"
		case NotAnswered:
			parts[i] = cl.Name + " is niet beantwoord"
		case IsNot:
			parts[i] = cl.Name + " is niet " + strings.Join(cl.Values, "")
		case Is, IsOneOf:
			parts[i] = cl.Name + " is " + strings.Join(cl.Values, " of ")
		default:
			parts[i] = fmt.Sprintf("%s %s %d", cl.Name, cl.Op, cl.Number)
		}
	}
	if c.Any {
		return strings.Join(parts, " of ")
	}
	return strings.Join(parts, " en ")
}

// Holds reports whether the condition holds when value gives what is known; an
// empty value is not known.
func (c Condition) Holds(value func(string) string) bool {
	for i := range c.Clauses {
		if c.Clauses[i].Holds(value(c.Clauses[i].Name)) == c.Any {
			return c.Any
		}
	}
	return !c.Any || len(c.Clauses) == 0
}

// Holds reports whether the clause holds for a value; an empty one is not known.
func (c *Clause) Holds(value string) bool {
	switch c.Op {
	case Answered:
		return value != ""
	case NotAnswered:
		return value == ""
	case Is, IsOneOf:
		return value != "" && slices.Contains(c.Values, value)
	case IsNot:
		return !slices.Contains(c.Values, value)
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return false
	}
	switch c.Op {
	case Less:
		return n < c.Number
	case AtMost:
		return n <= c.Number
	case More:
		return n > c.Number
	case AtLeast:
		return n >= c.Number
	}
	return false
}

// A Value is what a set keeps: a fixed word, or another value and a little more.
type Value struct {
	Word string
	Of   string // name of the value that is added to; empty: Word is meant
	Plus int
}

var sum = regexp.MustCompile(`^([a-z][a-z0-9_]*) ?([+-]) ?(\d{1,6})$`)

// ParseValue reads what stands behind "to" in a set step.
func ParseValue(text string) Value {
	m := sum.FindStringSubmatch(text)
	if m == nil {
		return Value{Word: text}
	}
	n, err := strconv.Atoi(m[2] + m[3])
	if err != nil {
		return Value{Word: text}
	}
	return Value{Of: m[1], Plus: n}
}

// String writes the value as it stands in a file.
func (v Value) String() string {
	switch {
	case v.Of == "":
		return v.Word
	case v.Plus < 0:
		return fmt.Sprintf("%s - %d", v.Of, -v.Plus)
	}
	return fmt.Sprintf("%s + %d", v.Of, v.Plus)
}

var span = regexp.MustCompile(`^(\d{1,5}) ?([mhd])$`)

// ParseDuration reads a time as it stands in a flow: 30m, 22h or 90d. A day is
// 24 hours here; whoever plans by the calendar says so in days.
func ParseDuration(text string) (time.Duration, bool) {
	m := span.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, false
	}
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, true
}

// FormatDuration writes a time as it stands in a flow.
func FormatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day && d%day == 0:
		return strconv.Itoa(int(d/day)) + "d"
	case d >= time.Hour && d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/time.Minute)) + "m"
}
