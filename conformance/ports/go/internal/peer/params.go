package peer

import (
	"math"
	"strconv"
	"strings"

	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

const (
	// LongestBytes is the length of the byte strings that a method is given, and of values to be encoded.
	LongestBytes = 1 << 21

	maximumDepth = 32
)

// Params are the parameters of a call. A handler takes each by its name, and then calls Done, which is an error when a
// parameter was not there, was of another shape, or was not taken.
type Params struct {
	values map[string]any
	fault  string
}

// parseParams takes parsed JSON with numbers as numberText.
func parseParams(parsed any) (*Params, error) {
	if parsed == nil {
		parsed = map[string]any{}
	}
	if isDeep(parsed, maximumDepth) {
		return nil, verdict.NoCall{Detail: "too deep"}
	}
	converted, ok := convertNumbers(parsed)
	if !ok {
		return nil, verdict.NoCall{Detail: "a number that is not whole"}
	}
	values, ok := converted.(map[string]any)
	if !ok {
		return nil, verdict.NoCall{Detail: "params are no object"}
	}
	return &Params{values: values}, nil
}

// isDeep tells whether a value stands in more than `left` others.
func isDeep(value any, left int) bool {
	if left < 0 {
		return true
	}
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			if isDeep(element, left-1) {
				return true
			}
		}
	case map[string]any:
		for _, element := range value {
			if isDeep(element, left-1) {
				return true
			}
		}
	}
	return false
}

// convertNumbers makes of each number a uint64 or, when it is negative, an int64. It is false for one that is not whole,
// is -0, or is out of range.
func convertNumbers(value any) (any, bool) {
	switch value := value.(type) {
	case numberText:
		n, err := strconv.ParseFloat(string(value), 64)
		if err != nil || n != math.Trunc(n) || math.Abs(n) > wire.MaximumInteger || n == 0 && math.Signbit(n) {
			return nil, false
		}
		if n < 0 {
			return int64(n), true
		}
		return uint64(n), true
	case []any:
		for i, element := range value {
			converted, ok := convertNumbers(element)
			if !ok {
				return nil, false
			}
			value[i] = converted
		}
	case map[string]any:
		for name, element := range value {
			converted, ok := convertNumbers(element)
			if !ok {
				return nil, false
			}
			value[name] = converted
		}
	}
	return value, true
}

// Done says whether the call is one.
func (p *Params) Done() error {
	if p.fault == "" && len(p.values) > 0 {
		p.fault = "a parameter too many"
	}
	if p.fault != "" {
		return verdict.NoCall{Detail: p.fault}
	}
	return nil
}

func (p *Params) take(name string) (any, bool) {
	value, ok := p.values[name]
	delete(p.values, name)
	if !ok {
		p.refuse(name)
	}
	return value, ok
}

func (p *Params) refuse(name string) {
	if p.fault == "" {
		p.fault = "the parameter " + name
	}
}

// Any takes a parameter of any kind: parsed JSON with numbers as uint64, negative ones as int64.
func (p *Params) Any(name string) any {
	value, _ := p.take(name)
	return value
}

// Hex takes a byte string.
func (p *Params) Hex(name string) []byte {
	value, ok := p.take(name)
	text, isText := value.(string)
	b, isHex := wire.ParseHex(text)
	if ok && (!isText || !isHex || len(b) > LongestBytes) {
		p.refuse(name)
	}
	return b
}

// OptionalHex takes a byte string or null, which is nil.
func (p *Params) OptionalHex(name string) []byte {
	if value, ok := p.values[name]; ok && value == nil {
		delete(p.values, name)
		return nil
	}
	return p.Hex(name)
}

// Text takes a text of printable ASCII from minimum to maximum characters, without spaces.
func (p *Params) Text(name string, minimum, maximum int) string {
	value, ok := p.take(name)
	text, isText := value.(string)
	if ok && (!isText || !wire.Printable(text, minimum, maximum)) {
		p.refuse(name)
	}
	return text
}

// Name takes the name of a handle.
func (p *Params) Name(name string) string { return p.Text(name, 1, 64) }

// User takes a user.
func (p *Params) User(name string) string { return p.Text(name, 1, 64) }

// Label takes a text of printable ASCII, spaces included.
func (p *Params) Label(name string) string {
	value, ok := p.take(name)
	text, isText := value.(string)
	if ok && (!isText || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })) {
		p.refuse(name)
	}
	return text
}

// Count takes a whole number from 0.
func (p *Params) Count(name string) uint64 {
	value, ok := p.take(name)
	n, isCount := value.(uint64)
	if ok && !isCount {
		p.refuse(name)
	}
	return n
}

// Bool takes a truth value.
func (p *Params) Bool(name string) bool {
	value, ok := p.take(name)
	b, isBool := value.(bool)
	if ok && !isBool {
		p.refuse(name)
	}
	return b
}

// ID takes the identifier of a group or a member.
func (p *Params) ID(name string) wire.ID { return Take[wire.ID](p, name) }

// Users takes a list of users.
func (p *Params) Users(name string) []string {
	type users struct {
		Users []string `wire:"users" text:"1..64"`
	}
	value, ok := p.take(name)
	taken, isUsers := wire.FromJSON[users](map[string]any{"users": value})
	if ok && !isUsers {
		p.refuse(name)
	}
	return taken.Users
}

// Take takes a value of a wire type, in its form in JSON.
func Take[T any](p *Params, name string) T {
	value, ok := p.take(name)
	taken, isOfType := wire.FromJSON[T](value)
	if ok && !isOfType {
		p.refuse(name)
	}
	return taken
}
