// Package verdict has every verdict but accepted (chapter "verdicts"), as errors. Malformed comes from package wire.
package verdict

// Refused is understood and not allowed. The detail is for people and holds no secret.
type Refused struct{ Clause, Detail string }

func (r Refused) Error() string { return r.Clause + ": " + r.Detail }

// Refuse is the refusal that a clause demands.
func Refuse(clause, detail string) error { return Refused{clause, detail} }

// Waiting cannot be judged before what is missing has arrived. Each thing missing is an object such as
// {"bundle": user}.
type Waiting struct{ Missing []any }

func (w Waiting) Error() string { return "waiting" }

// Wait is waiting for one thing.
func Wait(kind string, what any) error { return Waiting{[]any{map[string]any{kind: what}}} }

// Ignored has been handled before.
type Ignored struct{}

func (Ignored) Error() string { return "ignored" }

// NoCall is an error of the conformance protocol: the call is none of the method (verdicts.no-call).
type NoCall struct{ Detail string }

func (n NoCall) Error() string { return "no call: " + n.Detail }
