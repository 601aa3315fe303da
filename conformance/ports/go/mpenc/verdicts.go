package mpenc

import (
	"encoding/hex"
	"errors"

	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

func hexOf(bytes []byte) string { return hex.EncodeToString(bytes) }

// refused is the refusal that a clause demands.
func refused(clause string) error { return verdict.Refuse(clause, "") }

// malformed says that a text is no packet, by a clause.
func malformed(clause string) error { return wire.Malformed{Clause: clause} }

// waiting says that a parent is missing.
func waiting(parent MessageID) error { return verdict.Wait("parent", parent) }

// ignored says that a packet has been handled before.
func ignored() error { return verdict.Ignored{} }

// clauseOf is the clause of a refusal, empty for any other verdict.
func clauseOf(err error) string {
	var refusal verdict.Refused
	if errors.As(err, &refusal) {
		return refusal.Clause
	}
	return ""
}
