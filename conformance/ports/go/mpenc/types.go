// Package mpenc is mpENC: sessions of a group that talks over a channel of a server (part "mpenc" of the specification).
package mpenc

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/wire"
)

// Hex is a byte string, in JSON as lower-case hex.
type Hex []byte

// MarshalText writes the hex.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads the hex.
func (h *Hex) UnmarshalText(text []byte) error {
	bytes, ok := wire.ParseHex(string(text))
	if !ok || len(bytes) > peer.LongestBytes {
		return errors.New("no lower-case hex, or too long")
	}
	*h = bytes
	return nil
}

// Key is a key, secret or public, a nonce, a hash or a contribution.
type Key = wire.Key

// Signature is an Ed25519 signature.
type Signature = wire.Signature

// IV is the initialisation vector of a message.
type IV [12]byte

// MarshalText writes the hex.
func (v IV) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, v[:]), nil }

// Hint is the first byte of a subsession hash.
type Hint [1]byte

// MarshalText writes the hex.
func (h Hint) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// IntermediateKey is a public key of X25519, or nothing, which stands for the base point.
type IntermediateKey []byte

// MarshalText writes the hex.
func (k IntermediateKey) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, k), nil }

// UnmarshalText reads the hex.
func (k *IntermediateKey) UnmarshalText(text []byte) error {
	bytes, ok := wire.ParseHex(string(text))
	if !ok || len(bytes) != 0 && len(bytes) != len(Key{}) {
		return errors.New("neither 0 nor 32 bytes of lower-case hex")
	}
	*k = bytes
	return nil
}

// MessageID is the identifier of a message: 20 bytes, in lower-case hex.
type MessageID string

// UnmarshalText reads the hex.
func (i *MessageID) UnmarshalText(text []byte) error {
	*i = MessageID(text)
	return checkIdentifier(text, 20)
}

func (i MessageID) bytes() []byte { return bytesOf(string(i)) }

// PacketID is the identifier of a packet, or a chain hash: 32 bytes, in lower-case hex.
type PacketID string

// UnmarshalText reads the hex.
func (i *PacketID) UnmarshalText(text []byte) error {
	*i = PacketID(text)
	return checkIdentifier(text, 32)
}

func (i PacketID) bytes() []byte { return bytesOf(string(i)) }

func checkIdentifier(text []byte, length int) error {
	if bytes, ok := wire.ParseHex(string(text)); !ok || len(bytes) != length {
		return fmt.Errorf("not %d bytes of lower-case hex", length)
	}
	return nil
}

// bytesOf is what an identifier stands for.
func bytesOf(identifier string) []byte {
	bytes, err := hex.DecodeString(identifier)
	if err != nil {
		panic("an identifier that was not checked: " + err.Error())
	}
	return bytes
}

// maximumValue is the longest value of a record, in bytes.
const maximumValue = 0xffff

// Name is the name of a member.
type Name string

// UnmarshalText reads the name.
func (n *Name) UnmarshalText(text []byte) error {
	*n = Name(text)
	if !isName(text) {
		return errors.New("no name of a member")
	}
	return nil
}

func isName(text []byte) bool {
	return len(text) > 0 && len(text) <= maximumValue && utf8.Valid(text) && !strings.ContainsFunc(string(text), unicode.IsControl)
}

// sorted is the names in ascending order of their bytes.
func sorted(names []Name) []Name { return slices.Sorted(slices.Values(names)) }

// without is the elements of list that are not in others, in their order.
func without[T comparable](list, others []T) []T {
	left := []T{}
	for _, one := range list {
		if !slices.Contains(others, one) {
			left = append(left, one)
		}
	}
	return left
}

// within is the elements of list that are in others, in their order.
func within[T comparable](list, others []T) []T { return without(list, without(list, others)) }

func containsAll[T comparable](list, some []T) bool { return len(without(some, list)) == 0 }

// sameSet says whether two lists without duplicates have the same elements.
func sameSet[T comparable](a, b []T) bool { return len(a) == len(b) && containsAll(a, b) }
