// Package verdict has every verdict but accepted (chapter "verdicts"), as errors. Malformed comes from package wire.
package verdict

import "maps"

// Refused is understood and not allowed. The detail is for people and holds no secret.
type Refused struct{ Clause, Detail string }

func (r Refused) Error() string { return r.Clause + ": " + r.Detail }

// Refuse is the refusal that a clause demands.
func Refuse(clause, detail string) error { return Refused{clause, detail} }

// Missing is one thing that is missing: an object with one key, such as {"bundle": user}. Its value can be compared.
type Missing map[string]any

// Equal tells whether two are the same thing.
func (m Missing) Equal(other Missing) bool { return maps.Equal(m, other) }

// Waiting cannot be judged before what is missing has arrived.
type Waiting struct{ Missing []Missing }

func (w Waiting) Error() string { return "waiting" }

// Wait is waiting for one thing.
func Wait(kind string, what any) error { return Waiting{[]Missing{{kind: what}}} }

// Ignored has been handled before.
type Ignored struct{}

func (Ignored) Error() string { return "ignored" }

// NoCall is an error of the conformance protocol: the call is none of the method (verdicts.no-call).
type NoCall struct{ Detail string }

func (n NoCall) Error() string { return "no call: " + n.Detail }
